/** Foreground extraction: the ink of a drawing or photograph, separated from its ground. */

const FOREGROUND = {
  NESTED: 4, // rectangles in one another: a page, a panel on it, a field in the panel, and the field's line
  SLENDER: 0.25, // of its page: up to here a rectangle with nothing in it is what was written, such as a 1
};

/** The strength of the ink, 0 where there is none, and whether it is lighter than the paper: {ink, light}. */
function extractForeground(grey) {
  let { ink, light: side } = inkOf(grey);
  let strength = ink, light = side, page = grey, top = 0, left = 0, area = grey.data.length;
  for (let depth = 0; depth < FOREGROUND.NESTED; depth++) {
    const found = pageWithin(page, ink);
    if (depth && ink.data.some((x) => x !== 0) && (!found || found.area < FOREGROUND.SLENDER * area)) {
      [strength, light] = [grid(grey.h, grey.w), side];
      for (let y = 0; y < ink.h; y++) {
        strength.data.set(ink.data.subarray(y * ink.w, (y + 1) * ink.w), (top + y) * grey.w + left);
      }
      break;
    }
    if (!found) break;
    ({ page, area } = found);
    top += found.top;
    left += found.left;
    ({ ink, light: side } = inkOf(page));
  }
  return { ink: strength, light };
}

/**
 * The strength of what differs from the paper, and whether it is lighter.
 *
 * Ink is on the side of the paper's grey that has more energy.  The other side is noise, and shows how much noise
 * there is on the ink's side.
 */
function inkOf(grey) {
  const { paper, even } = paperGrey(grey);
  const above = mapped(grey, typeof paper === "number" ? (x) => x - paper : (x, i) => x - paper.data[i]);
  const energy = (sign) => above.data.reduce((total, x) => total + Math.max(sign * x, 0) ** 2, 0);
  const { light, shadows } = even ? { light: energy(1) >= energy(-1), shadows: false } : isLight(above);
  let strength = light ? above : mapped(above, (x) => -x);
  if (shadows) strength = withoutShadows(strength);
  const behind = strength.data.filter((x) => x < 0);
  let noise = behind.length ? Math.sqrt(mean(behind.map((x) => x ** 2))) : 0;
  if (noise && !even) { // what is behind may be another ground, which is large but only here and there
    noise = Math.min(noise, 1.4826 * Math.max(0, -percentile(some(strength).data, 25)));
  }
  strength = mapped(strength, (x) => Math.max(x - 4 * noise, 0)); // about 2 false pixels in 60,000
  removeGround(strength);
  keepStrokes(strength, noise);
  return { ink: strength, light };
}

/** Removes specks, and everything if nothing stands out of the noise.  Changes strength. */
function keepStrokes(strength, noise) {
  const { h, w, data } = strength;
  const cells = cellsOf(strength, 64); // averages over a grid
  const most = largest(cells.data);
  if (most <= noise) {
    data.fill(0);
    return;
  }
  const near = grown(masked(cells, (x) => x > 0.25 * most)); // a speck marks no cell, a stroke all that it crosses
  for (let y = 0, i = 0; y < h; y++) {
    const row = Math.floor((y * cells.h) / h) * cells.w;
    for (let x = 0; x < w; x++, i++) if (!near.data[row + Math.floor((x * cells.w) / w)]) data[i] = 0;
  }
}
