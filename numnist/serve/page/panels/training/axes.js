/** Axes of the curves: {share, ticks}, share(value) its place from 0 to 1, ticks as pairs of value and text. */

const NINES = 3; // of the accuracy's axis, which ends at 99.9%

/** For the loss: each factor of ten takes the same room. */
export function logarithmic(values) {
  const positive = values.filter((value) => value > 0);
  const low = 0.8 * positive.reduce((a, b) => Math.min(a, b), 0.5);
  const high = 1.2 * positive.reduce((a, b) => Math.max(a, b), 2.5);
  const share = (value) => Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return { share, ticks: powers(low, high).map((value) => [value, String(value)]) };
}

/** For the accuracy: stretched towards 100%, so that an error of 10%, 1% and 0.1% are equally far apart. */
export function nines() {
  const share = (value) => -Math.log10(Math.max(1 - value, 10 ** -NINES)) / NINES;
  return { share, ticks: [[0, "0%"], [0.5, "50%"], [0.9, "90%"], [0.99, "99%"], [0.999, "99.9%"]] };
}

/** 1, 2 and 5 times the powers of ten in between; only the powers if those are too many. */
function powers(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const value = Number((digit * 10 ** power).toPrecision(1));
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found.length > 6 ? found.filter((value) => /^[0.]*1[0]*$/.test(String(value))) : found;
}
