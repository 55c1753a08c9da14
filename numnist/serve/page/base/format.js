/** Format: numbers, shares and names as people write them. */

/** A number with so many significant digits, and a minus sign as wide as a plus. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size < 1e5 && size >= 1e-4) return sign + size.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const raised = [...String(Number(exponent))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");
  return `${sign}${mantissa}×10${raised}`;
}

/** The same with a plus before what is not negative, for sums and gradients. */
export const signed = (value) => (value >= 0 ? `+${number(value)}` : number(value));

/** 0.9965 -> "99.65%". A share that would round to 0 or 100 without being it is written as "<0.1%" or ">99.9%". */
export function percent(share, digits = 1) {
  const edge = 0.5 * 10 ** (-2 - digits);
  if (share > 0 && share < edge) return `<${(100 * 2 * edge).toFixed(digits)}%`;
  if (share < 1 && share > 1 - edge) return `>${(100 - 100 * 2 * edge).toFixed(digits)}%`;
  return `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : digits)}%`;
}

const CERTAIN = 1 - 1e-7; // float32 rounds to 1 what is not certain

/** A predicted probability: as percent, but never quite 100%. */
export const chance = (probability, digits = 1) => percent(Math.min(probability, CERTAIN), digits);

/** 12345 -> "12,345". */
export const count = (value) => value.toLocaleString("en");

export const milliseconds = (value) => `${value.toFixed(1)} ms`;

/** [32, 28, 28] -> "32×28×28". */
export const sizes = (shape) => shape.join("×");

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A class with its article: "a 3", "an 8", "a Sneaker". */
export const oneOf = (label) => `${/^(8|11|18|[aeiou])/i.test(label) ? "an" : "a"} ${label}`;

const DATA = { mnist: "MNIST", "fashion-mnist": "Fashion-MNIST", strokes: "strokes drawn by numnist" };

/** A data set's name as people write it. */
export const dataTitle = (name) => DATA[name] ?? name;
