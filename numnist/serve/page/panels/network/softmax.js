/** Softmax: the last stage, from the scores to probabilities step by step, and the gradient with which backward begins. */

import { el, headings, note, scrollable, spoken } from "../../base/dom.js";
import { chance, number, signed } from "../../base/format.js";
import { sourceCode } from "./arithmetic.js";

export function softmaxView() {
  const facts = note();
  const body = el("div", { class: "softmax-body" });
  const element = el("div", { class: "layer softmax", hidden: true }, el("h3", { id: "softmax-title" }, "Softmax: from scores to probabilities"), facts, body);

  function show({ softmax, backward }) {
    const { gradient } = softmax;
    facts.textContent = softmax.sentence;
    body.replaceChildren(
      el("div", { class: "formula" }, el("code", {}, softmax.formula), el("code", { class: "formula-numbers" }, softmax.with_numbers)),
      ...(gradient ? [el("p", { class: "softmax-backward" }, gradient.sentence)] : []),
      scrollable("Softmax, step by step", table(softmax)),
      sourceCode({ ...softmax.source, ...(backward === null && { backward: null }) }, backward !== null),
    );
  }

  return { element, show };
}

function table({ classes, scores, largest, exponentials, sum, probabilities, gradient }) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const columns = ["class", "score z", "z − max", "exp(z − max)", "p = exp ÷ sum", ...(gradient ? ["gradient dz"] : [])];
  const rows = classes.map((label, k) => el(
    "tr", { class: k === best ? "best" : "" },
    el("th", { scope: "row" }, label, label === gradient?.label ? el("span", { class: "tag" }, "label") : null),
    cell(number(scores[k])), cell(number(scores[k] - largest)), cell(number(exponentials[k])), share(probabilities[k]),
    gradient ? slope(gradient, k) : null,
  ));
  const foot = el(
    "tr", {}, el("th", { scope: "row" }, "together"), cell("max ", number(largest)), cell(""), cell("sum ", number(sum, 6)), cell("100%"),
    gradient ? cell("") : null,
  );
  return el(
    "table", { class: "softmax-steps" }, spoken("The softmax of the scores", "caption"),
    el("thead", {}, headings(columns)), el("tbody", {}, rows), el("tfoot", {}, foot),
  );
}

const cell = (...words) => el("td", { class: "number" }, ...words);

function share(probability) {
  const bar = el("i", { "aria-hidden": "true" });
  bar.style.setProperty("--share", probability);
  return el("td", { class: "number softmax-share" }, bar, el("span", {}, chance(probability, 2)));
}

/** The gradient at a score with its short formula; "fixed" for the one that nothing can change. */
function slope({ values, formulas }, k) {
  if (values[k] === null) return el("td", { class: "number note" }, "fixed");
  const words = formulas ? [el("span", { class: "note" }, formulas[k], " = ")] : [];
  return el("td", { class: "number" }, ...words, el("span", { class: values[k] < 0 ? "minus" : "plus" }, signed(values[k])));
}
