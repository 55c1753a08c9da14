/** The paper: its grey at every pixel of a picture, in even light or not. */

const PAPER = {
  EVEN: 0.02, // the interquartile range up to which a border is of one tone
  ONE_TONE: 0.1, // the same for a class of pixels
  NARROW: 3, // times as long as wide: so narrow is only what was cut to a 1
  MOST: 0.65, // of all pixels: the larger class is paper, whatever lies in the corners
  APART: 4, // interquartile ranges of the paper between the means of two classes
  SMALL: 24, // pixels a side; in smaller pictures too few are paper to see more than their border's tone
  BROAD: 0.28, // of a picture's side; what is broader than this both ways is no stroke
  ENOUGH: 128, // pixels a side that are enough for a median
  FINEST: 256, // cells a side that show the edge of a shadow
};

/** The paper's grey, one number or a grid, and whether the picture's border is of one tone: {paper, even}. */
function paperGrey(grey) {
  const frame = border(grey), tone = median(frame), few = some(grey).data;
  let like = 0;
  for (const x of few) if (Math.abs(x - tone) <= PAPER.ONE_TONE) like++;
  if (spread(frame) <= PAPER.EVEN && like > (1 - PAPER.MOST) * few.length) return { paper: tone, even: true };
  const threshold = otsu(few), { h, w, data } = grey;
  const corners = mean([0, w - 1, (h - 1) * w, h * w - 1].map((i) => (data[i] <= threshold ? 1 : 0)));
  const below = few.filter((x) => x <= threshold), above = few.filter((x) => !(x <= threshold));
  let share = below.length / few.length;
  if (Math.max(h, w) >= PAPER.NARROW * Math.min(h, w)) share = 0.5; // cut to a 1: nearly all is ink, but pens are round
  const dark = Math.max(share, 1 - share) < PAPER.MOST ? 2 * share + corners > 1.5 : share > 0.5;
  const [paper, other] = dark ? [below, above] : [above, below];
  if (Math.min(h, w) < PAPER.SMALL) return { paper: percentile(paper, dark ? 25 : 75), even: false };
  const apart = paper.length && other.length ? Math.abs(mean(paper) - mean(other)) : 0;
  if (spread(paper) <= Math.min(PAPER.ONE_TONE, apart / PAPER.APART)) return { paper: median(paper), even: false };
  return { paper: illumination(grey), even: false };
}

/** Every pixel of a small picture, and enough of a large one for its median. */
function some({ h, w, data }) {
  const step = Math.max(1, Math.floor(Math.min(h, w) / PAPER.ENOUGH));
  const out = grid(Math.ceil(h / step), Math.ceil(w / step));
  for (let y = 0, i = 0; y < h; y += step) for (let x = 0; x < w; x += step) out.data[i++] = data[y * w + x];
  return out;
}

/** What rises above the ground around it, and is narrower than BROAD: the top hat of a morphological opening. */
function withoutShadows(strength) {
  const ground = resize(opened(cellsOf(strength, PAPER.FINEST), false), strength.h, strength.w).data;
  const hat = mapped(strength, (x, i) => x - ground[i]);
  const least = 0.25 * largest(strength.data), few = some(strength).data;
  const middle = median(some(hat).data.filter((_, i) => few[i] < least));
  return mapped(hat, (x) => x - middle); // the opening runs along the lower edge of noise
}

/**
 * The smallest of a window around each pixel, then the largest of those: the grid without its strokes.
 *
 * paperBeyond: whether paper, 0, lies beyond the edge, so that a stroke along it stays narrow; else the picture goes
 * on as it is there.
 */
function opened(picture, paperBeyond) {
  const radius = Math.max(1, Math.floor((PAPER.BROAD * Math.max(picture.h, picture.w)) / 2));
  let x = picture;
  for (const extreme of [Math.min, Math.max]) {
    for (const down of [true, false]) x = running(extreme, x, radius, down, paperBeyond && extreme === Math.min);
  }
  return x;
}

/**
 * The extreme over 2·radius + 1 lines around each: one pass forwards and one backwards in blocks of that length
 * (van Herk, 1992; Gil and Werman, 1993).
 */
function running(extreme, { h, w, data }, radius, down, zeros) {
  const [n, lines, along, across] = down ? [h, w, w, 1] : [w, h, 1, w];
  const length = 2 * radius + 1, size = Math.ceil((n + 2 * radius) / length) * length;
  const around = new Float64Array(size), forwards = new Float64Array(size), backwards = new Float64Array(size);
  const out = new Float64Array(h * w);
  for (let line = 0; line < lines; line++) {
    const start = line * across;
    for (let i = 0; i < size; i++) {
      const inside = i >= radius && i < radius + n;
      around[i] = zeros && !inside ? 0 : data[start + clip(i - radius, 0, n - 1) * along];
    }
    for (let i = 0; i < size; i++) forwards[i] = i % length ? extreme(forwards[i - 1], around[i]) : around[i];
    for (let i = size - 1; i >= 0; i--) {
      backwards[i] = (i + 1) % length ? extreme(backwards[i + 1], around[i]) : around[i];
    }
    for (let i = 0; i < n; i++) out[start + i * along] = extreme(backwards[i], forwards[i + length - 1]);
  }
  return grid(h, w, out);
}

/** The interquartile range. */
const spread = (values) => percentile(values, 75) - percentile(values, 25);

/** The grey that splits the pixels best into two classes: largest variance between them (Otsu, 1979). */
function otsu(values) {
  const counts = new Float64Array(256);
  for (const x of values) counts[rint(x * 255)]++;
  const n = values.length, total = counts.reduce((all, count, level) => all + count * level, 0);
  let below = 0, cumulative = 0, most = -1, first = 0, last = 0;
  for (let level = 0; level < 256; level++) {
    below += counts[level];
    cumulative += counts[level] * level;
    const between = (total * below - cumulative * n) ** 2 / Math.max(below * (n - below), 1);
    if (between > most) [most, first] = [between, level];
    if (between === most) last = level; // between two clusters all are equal
  }
  return (first + last) / 2 / 255;
}

/** The paper's grey in uneven light: a quadratic surface fitted robustly to most of the page. */
function illumination(grey) {
  const cells = cellsOf(grey, 32);
  const line = (i, n) => (n > 1 ? -1 + (2 * i) / (n - 1) : -1);
  const terms = (x, y) => [1, x, y, x * x, x * y, y * y];
  const rows = Array.from(cells.data, (_, i) => terms(line(i % cells.w, cells.w), line(Math.floor(i / cells.w), cells.h)));
  const surface = (c, row) => c.reduce((total, weight, k) => total + weight * row[k], 0);
  let clean = rows.map(() => true), c;
  for (let turn = 0; turn < 10; turn++) { // least trimmed squares: refit to the half that fits best
    c = leastSquares(rows.filter((_, i) => clean[i]), cells.data.filter((_, i) => clean[i]));
    const errors = rows.map((row, i) => Math.abs(surface(c, row) - cells.data[i])), middle = median(errors);
    clean = errors.map((error) => error <= middle);
  }
  return mapped(grey, (_, i) => surface(c, terms(line(i % grey.w, grey.w), line(Math.floor(i / grey.w), grey.h))));
}

/** The c with the smallest |A c - b|², by Gram and Schmidt's orthogonal columns, each made orthogonal twice. */
function leastSquares(A, b) {
  const n = A[0].length, Q = [], R = Array.from({ length: n }, () => new Float64Array(n));
  const dot = (u, v) => u.reduce((total, x, i) => total + x * v[i], 0);
  for (let j = 0; j < n; j++) {
    const column = Float64Array.from(A, (row) => row[j]);
    for (let again = 0; again < 2; again++) {
      for (let k = 0; k < j; k++) {
        const share = dot(Q[k], column);
        R[k][j] += share;
        for (let i = 0; i < column.length; i++) column[i] -= share * Q[k][i];
      }
    }
    R[j][j] = Math.sqrt(dot(column, column));
    Q.push(column.map((x) => x / R[j][j]));
  }
  const c = new Array(n).fill(0);
  for (let j = n - 1; j >= 0; j--) {
    let rest = dot(Q[j], b);
    for (let k = j + 1; k < n; k++) rest -= R[j][k] * c[k];
    c[j] = rest / R[j][j];
  }
  return c;
}
