/** The object of a photograph on black, cut to its box: as Fashion-MNIST's pictures were made. */

const PHOTO = {
  SEEN: 0.05, // of white: Fashion-MNIST was trimmed to what differs so much from the ground
  NOISE: 3, // standard deviations of the ground
  FINE: 128, // cells a side that are enough to see where an object is
  PART: 0.02, // of the largest thing's area: what is smaller is no part of the object
};

/** The object on black, its box, and whether it is lighter than its ground: {picture, box, light}. */
function extractObject(grey) {
  const { h, w } = grey, { paper } = paperGrey(grey);
  const level = typeof paper === "number" ? () => paper : (i) => paper.data[i];
  const above = mapped(grey, (x, i) => x - level(i));
  const covered = objectOf(cellsOf(above, PHOTO.FINE));
  const inside = masked(resize(covered, h, w), (x) => x > 0.5);
  const near = grown(inside, 1 + Math.floor(Math.max(h, w) / PHOTO.FINE)); // to its edge, which cells blur
  const found = masked(inside, (x, i) => x || (near.data[i] && Math.abs(above.data[i]) >= PHOTO.SEEN));
  if (!found.data.includes(1)) {
    const light = (typeof paper === "number" ? paper : median(paper.data)) <= 0.5;
    return { picture: light ? grey : mapped(grey, (x) => 1 - x), box: { top: 0, left: 0, bottom: h, right: w }, light };
  }
  const light = mean(above.data.filter((_, i) => found.data[i])) >= 0;
  const picture = mapped(grey, (x, i) => (found.data[i] ? (light ? x : 1 - x) : 0));
  return { picture, box: extent(found), light };
}

/** The largest thing that differs from the ground, its parts, and what they enclose.   cells: grey minus ground */
function objectOf(cells) {
  const middle = median(cells.data);
  const ground = cells.data.map((x) => Math.abs(x - middle)).filter((x) => x < PHOTO.SEEN);
  const noise = ground.length ? 1.4826 * median(ground) : 0;
  const least = Math.max(PHOTO.SEEN, PHOTO.NOISE * noise);
  const labels = labelComponents(masked(cells, (x) => Math.abs(x) >= least)), areas = areasOf(labels);
  areas[0] = 0;
  const most = largest(areas);
  if (!most) return mask(cells.h, cells.w);
  const { h, w } = cells, around = mask(h + 2, w + 2);
  around.data.fill(1);
  labels.data.forEach((label, i) => {
    if (areas[label] >= PHOTO.PART * most) around.data[(Math.floor(i / w) + 1) * (w + 2) + (i % w) + 1] = 0;
  });
  const outside = labelComponents(around);
  return part(masked(outside, (label) => label !== outside.data[0]), { top: 1, left: 1, bottom: h + 1, right: w + 1 });
}
