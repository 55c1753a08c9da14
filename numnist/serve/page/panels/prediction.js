/** Prediction: in words above the drawing, as bars that are a table, and how long it took. */

import { el, note, probabilityTable } from "../base/dom.js";
import { capital, chance, milliseconds, oneOf, percent } from "../base/format.js";
import { modelNamed } from "../base/models.js";

const NEXT = 0.01; // a second class less probable than this is not mentioned
const RIVAL = 0.1; // a class less probable than this is no alternative

/** The prediction as {verdict, share, rest}: the headline, its probability, and what else there is to say. */
export function inWords(answer) {
  if (answer.blank) return { verdict: "Nothing drawn", share: "", rest: "" };
  const [first, second] = answer.top;
  if (answer.sure) {
    const rest = second && second.probability >= NEXT ? `Next: ${oneOf(second.label)}, ${share(second)}.` : "";
    return { verdict: capital(oneOf(first.label)), share: share(first), rest };
  }
  const candidates = second && second.probability >= RIVAL ? [first, second] : [first];
  return {
    verdict: `Not sure: perhaps ${candidates.map(({ label }) => oneOf(label)).join(" or ")}`,
    share: "",
    rest: `${candidates.map((one) => `${one.label}: ${share(one)}`).join(", ")}; sure above ${percent(answer.threshold, 0)}.`,
  };
}

const share = ({ probability }) => chance(probability, probability > 0.99 ? 1 : 0);

/** The headline above the drawing, which is announced when it settles. */
export function headline(root, app) {
  const verdict = el("span", { class: "verdict" });
  const probability = el("span", { class: "share" });
  const comma = el("span", { class: "comma" });
  const rest = el("p", { class: "rest" });
  root.append(el("p", { class: "headline" }, verdict, comma, probability), rest);

  app.on("answer", (answer) => {
    const words = inWords(answer);
    verdict.textContent = words.verdict;
    comma.textContent = words.share && ", ";
    probability.textContent = words.share;
    rest.textContent = words.rest;
    root.dataset.kind = answer.blank ? "blank" : answer.sure ? "sure" : "unsure";
    app.announce(`${root.firstChild.textContent}. ${words.rest}`.trim(), "answer");
  });
}

/** A row for each class: its name, its bar and its probability. */
export function bars(root, app) {
  const body = el("tbody");
  const table = probabilityTable("bars", "Probability of each class", body);
  const threshold = note();
  root.append(table, threshold);
  let rows = [];

  function build() {
    const { classes, sure } = modelNamed(app);
    rows = classes.map((label) => ({ fill: el("i"), value: el("span", { class: "value" }), name: el("th", { scope: "row" }, label) }));
    body.replaceChildren(...rows.map(({ fill, value, name }) => {
      const mark = el("b", { class: "mark" });
      mark.style.insetInlineStart = `${100 * sure}%`;
      return el("tr", {}, name, el("td", {}, el("span", { class: "bar", ariaHidden: "true" }, fill, mark), value));
    }));
    table.classList.toggle("worded", classes.some((label) => label.length > 2));
    threshold.textContent = `A prediction above ${percent(sure, 0)} (the thin line) counts as sure. This threshold was chosen on the validation set.`;
    show();
  }

  function show() {
    const { answer } = app.state;
    const probabilities = answer && !answer.blank ? answer.probabilities.map(({ probability }) => probability) : null;
    if (probabilities && probabilities.length !== rows.length) return; // of the previous model
    const most = probabilities && Math.max(...probabilities);
    rows.forEach(({ fill, value, name }, i) => {
      const probability = probabilities?.[i] ?? 0;
      fill.style.transform = `scaleX(${probability})`;
      value.textContent = probabilities ? chance(probability) : "–";
      name.parentElement.classList.toggle("best", probability === most);
    });
  }
  app.on("model", build);
  app.on("answer", show);
}

const TIMES = { preparation_ms: "preprocessing", forward_ms: "forward pass", round_trip_ms: "round trip" };

/** How long the newest prediction took. */
export function times(root, app) {
  const values = Object.keys(TIMES).map((key) => [key, el("dd", {}, "–")]);
  root.append(...values.map(([key, value]) => el("div", {}, el("dt", {}, TIMES[key]), value)));
  app.on("answer", (answer) => {
    for (const [key, value] of values) value.textContent = milliseconds(answer.times[key]);
  });
}
