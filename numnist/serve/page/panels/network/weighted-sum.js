/** Sums: inputs times weights, channel by channel, in pictures and numbers, down to the value. */

import { count, el, number, signed } from "./parts.js";
import { picture, range } from "./pictures.js";

const SHOWN = 6; // channels, those that say most

/** A table: of each channel the inputs, the weights, their products and the products' sum; slopes: of the weights. */
export function sums({ weights = null, inputs, slopes = null, bias = null, value }) {
  const [channels, height, width] = split(inputs.shape);
  const size = height * width;
  const of = (array, c) => array.data.subarray(c * size, (c + 1) * size);
  if (!weights) return windowed(inputs.data, height, width);
  const products = inputs.data.map((x, i) => x * weights.data[i]);
  const totals = Array.from({ length: channels }, (_, c) => total(products.subarray(c * size, (c + 1) * size)));
  const order = totals.map((_, c) => c).sort((a, b) => Math.abs(totals[b]) - Math.abs(totals[a]));
  const shown = order.slice(0, SHOWN).sort((a, b) => a - b);
  const rest = order.slice(SHOWN).reduce((sum, c) => sum + totals[c], 0);
  const scales = [inputs.data, weights.data, products, slopes?.data].map((data) => data && range(data));
  const cell = cellOf(height, width, channels);
  const shows = (data, c, scale, what) => el("td", {}, picture(data, height, width, { ...scale, cell, label: `${what} of channel ${c}` }));
  const columns = slopes ? 6 : 5;
  const line = (name, amount, kind = "") => el(
    "tr", { class: kind }, el("th", { scope: "row", colSpan: columns - 1 }, name), el("td", { class: "number" }, amount),
  );
  return el(
    "div", { class: "scrolls", tabIndex: 0, role: "region", "aria-label": "The sum, channel by channel" },
    el(
      "table", { class: "sums" },
      el("caption", {}, channels > SHOWN ? `The ${SHOWN} of ${channels} channels that say most` : "The sum in pictures"),
      el("thead", {}, el("tr", {}, ["channel", "x", "w", "w·x", slopes && "dw", "Σ"].filter(Boolean).map((name) => el("th", { scope: "col" }, name)))),
      el(
        "tbody", {},
        shown.map((c) => el(
          "tr", {},
          el("th", { scope: "row" }, c),
          shows(of(inputs, c), c, scales[0], "inputs"),
          shows(of(weights, c), c, scales[1], "weights"),
          shows(products.subarray(c * size, (c + 1) * size), c, scales[2], "products"),
          slopes && shows(of(slopes, c), c, scales[3], "gradients of the weights"),
          el("td", { class: "number" }, signed(totals[c])),
        )),
      ),
      el(
        "tfoot", {},
        channels > SHOWN && line(`${count(channels - SHOWN)} further channels`, signed(rest)),
        bias !== null && line("bias b", signed(bias)),
        line("y", number(value), "sums-total"),
      ),
    ),
  );
}

/** What a unit without weights looks at: the window, each number written into its cell. */
function windowed(data, height, width) {
  if (height * width > 64) return picture(data, height, width, { cell: cellOf(height, width, 1), label: "The inputs" });
  const rows = Array.from({ length: height }, (_, i) => el(
    "tr", {}, Array.from({ length: width }, (__, j) => el("td", { class: "number" }, number(data[i * width + j]))),
  ));
  return el("table", { class: "window" }, el("caption", {}, "The inputs x"), el("tbody", {}, rows));
}

function cellOf(height, width, channels) {
  const wanted = channels === 1 ? 84 : 44;
  return Math.max(1, Math.min(14, Math.floor(wanted / Math.max(height, width))));
}

function split(shape) {
  if (shape.length === 3) return shape;
  if (shape.length === 2) return [1, ...shape];
  const columns = Math.ceil(Math.sqrt(shape[0]));
  for (let width = columns; width <= shape[0]; width++) if (shape[0] % width === 0) return [1, shape[0] / width, width];
  return [1, 1, shape[0]];
}

function total(values) {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
