/** Softmax: the last stage, from the scores to probabilities step by step, and the gradient with which backward begins. */

import { el, headings, note, scrollable, spoken } from "../../base/dom.js";
import { chance, localised, number, percent, signed } from "../../base/format.js";
import { formulaWords, say, serverWords } from "../../base/words.js";
import { sourceCode } from "./arithmetic.js";

export function softmaxView() {
  const facts = note();
  const body = el("div", { class: "softmax-body" });
  const element = el("div", { class: "layer softmax", hidden: true }, el("h3", { id: "softmax-title" }, say("softmax.title")), facts, body);

  function show({ softmax, backward, classes: { length: known } }) {
    const { gradient } = softmax;
    facts.textContent = serverWords(softmax);
    body.replaceChildren(
      el("div", { class: "formula" }, el("code", {}, softmax.formula), el("code", { class: "formula-numbers" }, formulaWords(softmax.with_numbers))),
      ...(gradient ? [el("p", { class: "softmax-backward" }, serverWords(gradient))] : []),
      scrollable(say("softmax.table"), table({ ...softmax, classes: softmax.classes.map((label, k) => (k < known ? label : say("softmax.none_of_these"))) })),
      sourceCode({ ...softmax.source, ...(backward === null && { backward: null }) }, backward !== null),
    );
  }

  return { element, show };
}

function table({ classes, scores, largest, exponentials, sum, probabilities, gradient }) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const columns = [say("softmax.class"), say("softmax.score"), "z − max", "exp(z − max)", say("softmax.p"), ...(gradient ? [say("softmax.gradient")] : [])];
  const rows = classes.map((label, k) => el(
    "tr", { class: k === best ? "best" : "" },
    el("th", { scope: "row" }, label, label === gradient?.label ? el("span", { class: "tag" }, say("softmax.label")) : null),
    cell(number(scores[k])), cell(number(scores[k] - largest)), cell(number(exponentials[k])), share(probabilities[k]),
    gradient ? slope(gradient, k) : null,
  ));
  const foot = el(
    "tr", {}, el("th", { scope: "row" }, say("softmax.together")), cell(say("softmax.max"), number(largest)), cell(""),
    cell(say("softmax.sum"), number(sum, 6)), cell(percent(1)),
    gradient ? cell("") : null,
  );
  return el(
    "table", { class: "softmax-steps" }, spoken(say("softmax.caption"), "caption"),
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
  if (values[k] === null) return el("td", { class: "number note" }, say("softmax.is_fixed"));
  const words = formulas ? [el("span", { class: "note" }, localised(formulas[k]), " = ")] : [];
  return el("td", { class: "number" }, ...words, el("span", { class: values[k] < 0 ? "minus" : "plus" }, signed(values[k])));
}
