/** What belongs to the ground and not to the ink: frames, lines and tables at the edge, and pages within pages. */

const GROUND = {
  INKED: 0.25, // of the strongest ink: from here on a pixel is inked
  FAINT: 0.15, // the same for what the ground may be
  PEAK: 0.4, // of the strongest ink: what nowhere reaches it is a shade of the ground
  DRAWING: 0.2, // of the picture's shorter side: as long as ink must be to be a drawing beside other things
  SPECKS: 0.25, // of the ink: at one side of the picture more than this is a part of the drawing
  FINE: 128, // cells a side that are enough to see where ink is
  ROOM: 64, // cells a side from which on there is room to see what is broader than strokes
  RECTANGLE: 0.92, // of the smallest rectangle around: what covers it is one; an ellipse covers 0.79
  HALF: 0.5, // of the upright box around, which every rectangle covers that is turned no more than TURNED
  TURNED: 15, // degrees that a rectangle may be turned
  LEAST: 12, // pixels a side of a page
};

const shorter = ({ h, w }) => Math.min(h, w);
const longer = ({ h, w }) => Math.max(h, w);

/** Whether the ink is lighter than the paper, where not all of the border is paper; and whether there are shadows. */
function isLight(above) {
  const cells = cellsOf(above, GROUND.FINE);
  const least = GROUND.INKED * largest(cells.data.map(Math.abs));
  const sides = [1, -1].map((sign) => mapped(cells, (x) => Math.max(sign * x, 0)));
  const roomy = shorter(cells) >= GROUND.ROOM;
  const broad = sides.map((side) => (roomy ? opened(side, true) : grid(side.h, side.w)));
  const inner = sides.map((side, i) => innerOf(side, broad[i], least));
  const drawn = inner.some(({ data }) => data.some((x) => x !== 0)) ? inner : sides;
  const [lighter, darker] = drawn.map(({ data }) => sum(data.map((x) => x * x)));
  const light = lighter >= darker, [mine, other] = light ? [0, 1] : [1, 0];
  // behind the ink no stroke lies along the edge, so that what touches it may go on beyond
  const behind = roomy ? opened(sides[other], false) : broad[other];
  return { light, shadows: Math.max(largest(broad[mine].data), largest(behind.data)) > PAPER.EVEN };
}

/** Of these cells those that are neither broad, nor at the edge, nor specks; none if too few for a drawing. */
function innerOf(cells, broad, least) {
  const strong = Math.max(least, 0.5 * largest(cells.data));
  const labels = labelComponents(masked(cells, (x) => x >= strong)), areas = areasOf(labels);
  const enough = GROUND.DRAWING * shorter(cells); // shorter than a drawing is noise, for one
  const ground = reachOf(labels).map((reach, label) => (reach > 0 || areas[label] < enough ? 1 : 0));
  labels.data.forEach((label, i) => { if (broad.data[i] > 0.5 * cells.data[i]) ground[label] = 1; });
  ground[0] = 1;
  const inner = masked(labels, (label) => !ground[label]);
  return lengthOf(inner) >= enough ? mapped(cells, (x, i) => x * inner.data[i]) : grid(cells.h, cells.w);
}

/** Takes away what runs from place to place of the picture's edge, if what is left is a drawing.  Changes strength. */
function removeGround(strength) {
  if (largest(border(strength)) <= 0) return;
  const faint = GROUND.FAINT * largest(strength.data);
  const labels = labelComponents(masked(strength, (x) => x >= faint)), reach = reachOf(labels);
  if (largest(reach) < 2) return;
  const peaks = new Float64Array(reach.length), sums = new Float64Array(reach.length);
  labels.data.forEach((label, i) => {
    peaks[label] = Math.max(peaks[label], strength.data[i]);
    sums[label] += strength.data[i];
  });
  const peak = GROUND.PEAK * largest(peaks);
  const drawn = reach.map((places, label) => (label && places === 0 && peaks[label] >= peak ? 1 : 0));
  const inner = masked(labels, (label) => drawn[label]);
  const specks = sum(sums.filter((_, label) => reach[label] === 1)), ink = sum(sums.filter((_, label) => drawn[label]));
  if (lengthOf(inner) < GROUND.DRAWING * shorter(strength) || specks > GROUND.SPECKS * ink) return;
  const kept = grown(inner, 2 + Math.floor(longer(strength) / 100)); // with the ink's soft rim
  kept.data.forEach((inside, i) => { if (!inside) strength.data[i] = 0; });
}

/** The page, if the ink is a rectangle: {page, top, left, area}, the page's corner in grey; else null. */
function pageWithin(grey, ink) {
  if (!rectangle(ink, Math.max(1, Math.floor(ink.h / 64)))) return null; // some rows tell, and nearly all ink is none
  const whole = rectangle(ink, 1);
  if (!whole) return null;
  const area = sum(whole.data);
  const outside = grown(masked(whole, (x) => !x), 2); // with the rim, whose pixels are of both tones
  const inside = masked(outside, (x) => !x), box = extent(inside);
  const hull = part(inside, box), page = part(grey, box);
  if (shorter(page) < GROUND.LEAST) return null;
  const padded = mask(hull.h + 2, hull.w + 2);
  padded.data.fill(1);
  hull.data.forEach((x, i) => { padded.data[(Math.floor(i / hull.w) + 1) * padded.w + (i % hull.w) + 1] = x ? 0 : 1; });
  const near = part(grown(padded, 2), { top: 1, left: 1, bottom: hull.h + 1, right: hull.w + 1 });
  const tone = median(page.data.filter((_, i) => hull.data[i] && near.data[i]));
  hull.data.forEach((x, i) => { if (!x) page.data[i] = tone; });
  return { page, top: box.top, left: box.left, area };
}

/** The hull of the ink if it is a rectangle, upright or turned a little; else null.   step: between rows */
function rectangle(ink, step) {
  const h = Math.ceil(ink.h / step), w = ink.w;
  const rows = grid(h, w);
  for (let y = 0; y < h; y++) rows.data.set(ink.data.subarray(y * step * w, (y * step + 1) * w), y * w);
  const least = Math.max(GROUND.INKED * largest(rows.data), 1e-9);
  const inked = masked(rows, (x) => x >= least);
  const lines = []; // [row, first, one past the last]
  for (let y = 0; y < h; y++) {
    const line = inked.data.subarray(y * w, (y + 1) * w), first = line.indexOf(1);
    if (first >= 0) lines.push([y, first, line.lastIndexOf(1) + 1]);
  }
  if (lines.length * step < GROUND.LEAST) return null;
  const width = Math.max(...lines.map(([, , right]) => right)) - Math.min(...lines.map(([, left]) => left));
  const area = step * sum(lines.map(([, left, right]) => right - left));
  const height = lines.at(-1)[0] - lines[0][0] + 1;
  if (area < GROUND.HALF * height * step * width) return null;
  const corners = lines.flatMap(([y, left, right]) => [[left, y], [left, y + 1], [right, y], [right, y + 1]]);
  let around = Infinity; // the smallest rectangle around
  for (let degrees = -GROUND.TURNED; degrees <= GROUND.TURNED; degrees++) {
    const cos = Math.cos((degrees * Math.PI) / 180), sin = Math.sin((degrees * Math.PI) / 180);
    let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const [x, line] of corners) {
      const y = step * line, across = x * cos + y * sin, down = y * cos - x * sin;
      if (across < x0) x0 = across;
      if (across > x1) x1 = across;
      if (down < y0) y0 = down;
      if (down > y1) y1 = down;
    }
    around = Math.min(around, (x1 - x0) * (y1 - y0));
  }
  if (area < GROUND.RECTANGLE * around) return null;
  const hull = mask(h, w);
  for (const [y, left, right] of lines) hull.data.fill(1, y * w + left, y * w + right);
  for (let x = 0; x < w; x++) { // and between the first and the last of its column
    let top = 0, bottom = h;
    while (top < h && !inked.data[top * w + x]) top++;
    while (bottom > top && !inked.data[(bottom - 1) * w + x]) bottom--;
    for (let y = 0; y < h; y++) if (y < top || y >= bottom) hull.data[y * w + x] = 0;
  }
  return step * sum(hull.data) >= GROUND.RECTANGLE * around ? hull : null;
}

/**
 * 0 for components inside the picture, 1 for those that touch its edge in one place, more for those that run from
 * place to place: from side to side, or as far along one side as a drawing is long.
 */
function reachOf({ h, w, data, count }) {
  const reach = new Array(count + 1).fill(0), far = GROUND.DRAWING * Math.min(h, w);
  const rows = [0, h - 1].map((y) => Array.from(data.subarray(y * w, (y + 1) * w)));
  const columns = [0, w - 1].map((x) => Array.from({ length: h }, (_, y) => data[y * w + x]));
  for (const line of [...rows, ...columns]) {
    for (const label of new Set(line)) {
      reach[label] += 1 + (line.lastIndexOf(label) + 1 - line.indexOf(label) >= far ? 1 : 0);
    }
  }
  reach[0] = 0;
  return reach;
}

/** The longer side of the box of what is marked. */
function lengthOf(marked) {
  const { top, left, bottom, right } = extent(marked);
  return Math.max(bottom - top, right - left);
}
