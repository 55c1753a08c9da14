/** Arrays: numbers as the server packs them, and the range that a colour scale has to cover. */

const KINDS = { float32: Float32Array, uint8: Uint8Array };
const USUAL = 0.998; // share of many numbers that the scale covers

/** {dtype, shape, base64} -> {shape, data}, data in C order; null, for an array that is not there, stays null. */
export function unpack(packed) {
  if (!packed) return null;
  const { dtype, shape, base64 } = packed;
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return { shape, data: new KINDS[dtype](bytes.buffer) };
}

/** The smallest and the largest value. */
export function extremes(values) {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/** {most, signed}: the largest absolute value, 1 if all are 0, and whether any is negative. */
export function range(values) {
  const [least, most] = extremes(values);
  return { most: Math.max(most, -least, 0) || 1, signed: least < 0 };
}

/** The same without the outliers of many numbers: they are clipped to `most`, and `clipped` says so. */
export function robustRange(values) {
  const all = range(values);
  if (values.length < 1000) return all;
  const sizes = Float32Array.from(values, Math.abs).sort();
  const most = sizes[Math.floor(sizes.length * USUAL)];
  return most > 0 ? { ...all, most, clipped: most < all.most } : all;
}

export const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
