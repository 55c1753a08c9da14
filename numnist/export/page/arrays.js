/** Arrays: what the preparation needs of NumPy.  A grid is {h, w, data}, h rows of w numbers; a mask is one of 0 and 1. */

const grid = (h, w, data = new Float64Array(h * w)) => ({ h, w, data });
const mask = (h, w, data = new Uint8Array(h * w)) => ({ h, w, data });
const clip = (x, low, high) => Math.min(Math.max(x, low), high);

/** The grid of f(number, index).  A plain loop: Float64Array.from takes ten times as long. */
function mapped({ h, w, data }, f) {
  const out = new Float64Array(h * w);
  for (let i = 0; i < out.length; i++) out[i] = f(data[i], i);
  return grid(h, w, out);
}

/** The mask of those of which f(number, index) is true. */
function masked({ h, w, data }, f) {
  const out = new Uint8Array(h * w);
  for (let i = 0; i < out.length; i++) if (f(data[i], i)) out[i] = 1;
  return mask(h, w, out);
}

/** To the nearest whole number, halves to the even one, as NumPy and Python round. */
function rint(x) {
  const floor = Math.floor(x), rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function largest(values) {
  let most = -Infinity;
  for (const x of values) if (x > most) most = x;
  return most;
}

function smallest(values) {
  let least = Infinity;
  for (const x of values) if (x < least) least = x;
  return least;
}

function sum(values) {
  let total = 0;
  for (const x of values) total += x;
  return total;
}

const mean = (values) => sum(values) / values.length;

/** The percentile q of numbers, between two of them by linear interpolation. */
function percentile(values, q) {
  const sorted = Float64Array.from(values).sort();
  const place = ((sorted.length - 1) * q) / 100;
  const below = Math.floor(place), t = place - below;
  const a = sorted[below], b = sorted[Math.min(below + 1, sorted.length - 1)];
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

function median(values) {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The rows top..bottom and columns left..right (exclusive) of a grid or mask, as a copy. */
function part({ w, data }, { top, left, bottom, right }) {
  const width = Math.max(0, right - left), height = Math.max(0, bottom - top);
  const out = new data.constructor(height * width);
  for (let y = 0; y < height; y++) {
    out.set(data.subarray((top + y) * w + left, (top + y) * w + left + width), y * width);
  }
  return { h: height, w: width, data: out };
}

/** The box {top, left, bottom, right} of what is not 0; all 0 if there is nothing. */
function extent({ h, w, data }) {
  let top = h, left = w, bottom = 0, right = 0;
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      if (!data[i]) continue;
      if (y < top) top = y;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      bottom = y + 1;
    }
  }
  return bottom ? { top, left, bottom, right } : { top: 0, left: 0, bottom: 0, right: 0 };
}

/** With all neighbours of what is marked, along sides and corners, as many times. */
function grown({ h, w, data }, times = 1) {
  const across = new Uint8Array(h * w), out = new Uint8Array(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0, until = -1, ahead = 0; x < w; x++) { // until: the last column that a mark so far reaches
      for (; ahead < w && ahead <= x + times; ahead++) if (data[y * w + ahead]) until = ahead + times;
      across[y * w + x] = x <= until ? 1 : 0;
    }
  }
  for (let x = 0; x < w; x++) {
    for (let y = 0, until = -1, ahead = 0; y < h; y++) {
      for (; ahead < h && ahead <= y + times; ahead++) if (across[ahead * w + x]) until = ahead + times;
      out[y * w + x] = y <= until ? 1 : 0;
    }
  }
  return mask(h, w, out);
}

/** A picture shifted by whole pixels; what leaves one side comes in at the other. */
function rolled({ h, w, data }, down, right) {
  const out = new data.constructor(h * w);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) out[((y + down + h) % h) * w + ((x + right + w) % w)] = data[y * w + x];
  }
  return { h, w, data: out };
}
