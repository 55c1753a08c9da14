/** Format: numbers and shares as people write them, in the language of the page. */

import { language } from "./language.js";

const part = (type, options, value = 1234567.5) => new Intl.NumberFormat(language, options).formatToParts(value).find((each) => each.type === type)?.value ?? "";
const POINT = part("decimal");
const SPACE = part("literal", { style: "percent" }, 0.5); // between a number and its percent sign

/** What stands between the thousands. */
export const GROUP = part("group");

/** Numbers in a text, such as a formula, with the language's decimal point; where that is a comma, lists have semicolons. */
export function localised(text) {
  if (POINT === "." || !/\d\.\d/.test(text)) return text;
  return text.replace(/(?<=[\d⁰-⁹]),(?= [−(\d…])/g, ";").replace(/(?<=\d)\.(?=\d)/g, POINT);
}

/** A number with so many decimals. */
export const fixed = (value, digits) => localised(value.toFixed(digits));

/** A number with so many significant digits, and a minus sign as wide as a plus. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size < 1e5 && size >= 1e-4) return sign + fixed(size, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const raised = [...String(Number(exponent))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");
  return `${sign}${localised(mantissa)}×10${raised}`;
}

/** The same with a plus before what is not negative, for sums and gradients. */
export const signed = (value) => (value >= 0 ? `+${number(value)}` : number(value));

/** 0.9965 -> "99.65%". A share that would round to 0 or 100 without being it is written as "<0.1%" or ">99.9%". */
export function percent(share, digits = 1) {
  const edge = 0.5 * 10 ** (-2 - digits);
  const written = (value, decimals = digits) => `${fixed(value, decimals)}${SPACE}%`;
  if (share > 0 && share < edge) return `<${written(100 * 2 * edge)}`;
  if (share < 1 && share > 1 - edge) return `>${written(100 - 100 * 2 * edge)}`;
  return written(100 * share, share === 1 || share === 0 ? 0 : digits);
}

const CERTAIN = 1 - 1e-7; // float32 rounds to 1 what is not certain

/** A predicted probability: as percent, but never quite 100%. */
export const chance = (probability, digits = 1) => percent(Math.min(probability, CERTAIN), digits);

/** 12345 -> "12,345". */
export const count = (value) => value.toLocaleString(language);

export const milliseconds = (value) => `${fixed(value, 1)} ms`;

/** [32, 28, 28] -> "32×28×28". */
export const sizes = (shape) => shape.join("×");

export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
