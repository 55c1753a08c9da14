/** Arithmetic: how a number is computed, as a formula, as a sum in pictures and numbers, and as lines of source. */

import { range } from "../../base/arrays.js";
import { el, headings, scrollable } from "../../base/dom.js";
import { number, signed } from "../../base/format.js";
import { cellSize, picture } from "../../base/pictures.js";
import { formulaWords, say } from "../../base/words.js";

const SHOWN = 6; // channels, those with the largest sums

/** The formula in letters and in numbers. */
export function formula(title, { formula: letters, with_numbers: numbers, value }, ...more) {
  return el(
    "div", { class: "formula" },
    el("p", { class: "formula-head" }, el("span", {}, title), el("output", { class: value < 0 ? "minus" : "plus" }, number(value))),
    letters && el("code", {}, formulaWords(letters)),
    numbers && el("code", { class: "formula-numbers" }, formulaWords(numbers)),
    more,
  );
}

/** A table of each channel's inputs, weights, products and their sum.  gradients: of the weights. */
export function weightedSum({ weights, inputs, gradients, bias, value }) {
  const [channels, height, width] = planes(inputs.shape);
  const size = height * width;
  const products = inputs.data.map((x, i) => x * weights.data[i]);
  const totals = Array.from({ length: channels }, (_, c) => total(products.subarray(c * size, (c + 1) * size)));
  const order = totals.map((_, c) => c).sort((a, b) => Math.abs(totals[b]) - Math.abs(totals[a]));
  const rest = total(order.slice(SHOWN).map((c) => totals[c]));
  const columns = [
    ["x", say("sum.inputs"), inputs.data], ["w", say("sum.weights"), weights.data], ["w·x", say("sum.products"), products],
    ["dw", say("sum.gradients"), gradients?.data],
  ].filter(([, , data]) => data).map(([name, what, data]) => ({ name, what, data, scale: range(data) }));
  const cell = cellFor(height, width, channels);
  const shows = ({ what, data, scale }, c) => el("td", {}, picture(
    data.subarray(c * size, (c + 1) * size), height, width, { ...scale, cell, label: say("sum.of", { what, channel: c }) },
  ));
  const line = (name, amount, kind = "") => el(
    "tr", { class: kind }, el("th", { scope: "row", colSpan: columns.length + 1 }, name), el("td", { class: "number" }, amount),
  );
  return scrollable(say("sum.title"), el(
    "table", { class: "sums" },
    el("caption", {}, channels > SHOWN ? say("sum.largest", { shown: SHOWN, count: channels }) : say("sum.pictures")),
    el("thead", {}, headings([say("sum.channel"), ...columns.map(({ name }) => name), "Σ"])),
    el("tbody", {}, order.slice(0, SHOWN).sort((a, b) => a - b).map((c) => el(
      "tr", {}, el("th", { scope: "row" }, c), columns.map((column) => shows(column, c)), el("td", { class: "number" }, signed(totals[c])),
    ))),
    el(
      "tfoot", {},
      channels > SHOWN && line(say("sum.further", { count: channels - SHOWN }), signed(rest)),
      bias !== null && line(say("sum.bias"), signed(bias)),
      line("y", number(value), "sums-total"),
    ),
  ));
}

/** The inputs of a unit without weights: its window, with each number in its cell, or a picture of many. */
export function inputWindow({ shape, data }) {
  const [, height, width] = planes(shape);
  if (height * width > 64) return picture(data, height, width, { cell: cellFor(height, width, 1), label: say("sum.all") });
  const rows = Array.from({ length: height }, (_, i) => el(
    "tr", {}, Array.from({ length: width }, (__, j) => el("td", { class: "number" }, number(data[i * width + j]))),
  ));
  return el("table", { class: "window" }, el("caption", {}, say("sum.window")), el("tbody", {}, rows));
}

const cellFor = (height, width, channels) => Math.min(14, cellSize(channels === 1 ? 84 : 44, height, width));

/** A shape as [channels, height, width]; a vector becomes the squarest rectangle that it fills. */
function planes(shape) {
  if (shape.length === 3) return shape;
  if (shape.length === 2) return [1, ...shape];
  const columns = Math.ceil(Math.sqrt(shape[0]));
  for (let width = columns; width <= shape[0]; width++) if (shape[0] % width === 0) return [1, shape[0] / width, width];
  return [1, 1, shape[0]];
}

const total = (values) => values.reduce((sum, value) => sum + value, 0);

/**
 * The lines of numnist that computed a number, forward and backward: {file, line, text}, the line being the first's
 * number.  back: the backward pass is open.
 */
export function sourceCode({ forward, backward }, back) {
  return el(
    "div", { class: "source-code" },
    forward && lines(say("source.forward"), forward, !back),
    backward && lines(say("source.backward"), backward, back),
  );
}

function lines(title, { file, line, text }, open) {
  const rows = text.split("\n").map((code, i) => el(
    "span", { class: "code-line" }, el("span", { class: "line-number", "aria-hidden": "true" }, line + i), code, "\n",
  ));
  return el(
    "details", { open, class: "source" },
    el("summary", {}, title, el("span", { class: "note" }, ` ${file}:${line}`)),
    el("pre", { tabIndex: 0, role: "region", "aria-label": `${title}: ${file}` }, el("code", {}, rows)),
  );
}
