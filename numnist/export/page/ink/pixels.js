/** Pixels as numbers from 0 to 1: from any picture, in grey, the border, and resizing. */

const PIXELS = {
  HIDDEN: 16.5, // of 255: fainter differences are not seen, as for ink
  ENOUGH: 2000, // pixels a side; of larger photographs only every second, third... pixel is used
};

/**
 * A picture {h, w, channels, data} of 0..255, channels 1, 3 or 4, as planes from 0 to 1, transparency laid on white;
 * and the stride: of every how many pixels.
 */
function asFloats({ h, w, channels, data }) {
  if (![1, 3, 4].includes(channels) || h * w * channels !== data.length || !data.length) {
    throw new Error(`a picture has 1, 3 or 4 channels and some pixels, but this one is ${h} × ${w} × ${channels}.`);
  }
  const stride = Math.ceil(Math.max(h, w) / PIXELS.ENOUGH);
  const H = Math.ceil(h / stride), W = Math.ceil(w / stride);
  const planes = Array.from({ length: channels }, () => grid(H, W));
  for (let y = 0, i = 0; y < H; y++) {
    for (let x = 0; x < W; x++, i++) {
      const at = (y * stride * w + x * stride) * channels;
      for (let c = 0; c < channels; c++) planes[c].data[i] = data[at + c] / 255;
    }
  }
  return { planes: channels === 4 ? layOnWhite(planes) : planes, stride };
}

/** Transparency laid on white; or the transparency itself, if white hides all. */
function layOnWhite([r, g, b, alpha]) {
  const laid = [r, g, b].map((plane) => mapped(plane, (x, i) => x * alpha.data[i] + (1 - alpha.data[i])));
  return isHidden(laid) && !isHidden([alpha]) ? [alpha] : laid;
}

/** Whether all pixels look the same. */
function isHidden(planes) {
  const high = Math.max(...planes.map(({ data }) => largest(data)));
  const low = Math.min(...planes.map(({ data }) => smallest(data)));
  return high * 255 - low * 255 < PIXELS.HIDDEN;
}

/** Grayscale: the luma of ITU-R BT.601. */
function toGrey(planes) {
  if (planes.length === 1) return planes[0];
  const [r, g, b] = planes.map(({ data }) => data);
  return mapped(planes[0], (_, i) => r[i] * 0.299 + g[i] * 0.587 + b[i] * 0.114);
}

/** The outermost pixels of a grid. */
function border({ h, w, data }) {
  const rows = [...data.subarray(0, w), ...data.subarray((h - 1) * w)];
  for (const x of [0, w - 1]) for (let y = 0; y < h; y++) rows.push(data[y * w + x]);
  return rows;
}

/**
 * The matrix that resamples `length` lines from `start` to `resized` lines from `offset`, of `size` lines to `frame`.
 *
 * Shrinking averages areas: the weight is how much of the old pixel lies in the new one.  Enlarging interpolates
 * linearly between the centres of pixels.  Each row has its few weights, {first, weights}.
 */
function resamplingMatrix(start, length, offset, resized, frame, size) {
  const step = length / resized; // old pixels for each new one
  const rows = [];
  for (let i = 0; i < frame; i++) {
    const now = i - offset;
    const row = { first: 0, weights: [] };
    rows.push(row);
    if (now < 0 || now >= resized) continue;
    const middle = (now + 0.5) * step - 0.5, reach = Math.max(step / 2, 1) + 1;
    const from = Math.max(0, Math.floor(middle - reach)), to = Math.min(length - 1, Math.ceil(middle + reach));
    for (let old = from; old <= to; old++) {
      if (start + old < 0 || start + old >= size) continue;
      const weight = step >= 1
        ? Math.min((now + 1) * step, old + 1) - Math.max(now * step, old)
        : 1 - Math.abs((now + 0.5) * step - (old + 0.5));
      if (!row.weights.length && weight <= 0) continue;
      if (!row.weights.length) row.first = start + old;
      row.weights.push(Math.max(weight, 0));
    }
    const total = sum(row.weights);
    if (total > 0) row.weights = row.weights.map((weight) => weight / total);
  }
  return rows;
}

const resizingMatrix = (size, resized) => resamplingMatrix(0, size, 0, resized, resized, size);

/** down · grid · acrossᵀ */
function resampled({ w, data }, down, across) {
  const H = down.length, W = across.length;
  const line = new Float64Array(w), out = new Float64Array(H * W);
  for (let i = 0; i < H; i++) {
    const { first, weights } = down[i];
    if (!weights.length) continue;
    line.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k], from = (first + k) * w;
      for (let x = 0; x < w; x++) line[x] += weight * data[from + x];
    }
    for (let j = 0; j < W; j++) {
      const { first: left, weights: columns } = across[j];
      let total = 0;
      for (let k = 0; k < columns.length; k++) total += columns[k] * line[left + k];
      out[i * W + j] = total;
    }
  }
  return grid(H, W, out);
}

const resize = (picture, rows, columns) =>
  resampled(picture, resizingMatrix(picture.h, rows), resizingMatrix(picture.w, columns));

/** Shrunk to at most so many cells a side. */
const cellsOf = (picture, most) => resize(picture, Math.min(picture.h, most), Math.min(picture.w, most));
