/** Answer: what the network says: in words, as bars that are a table, and how long it took. */

import { capital, chance, el, oneOf, percent } from "./panels/parts.js";

const NEXT = 0.01; // a second answer less likely than this is not worth words
const RIVAL = 0.1; // one less likely than this is no rival

/** The answer to a drawing as {verdict, share, rest}: the headline, its probability, and what else there is to say. */
export function inWords(answer) {
  if (answer.blank) return { verdict: "Nothing drawn", share: "", rest: "" };
  const [first, second] = answer.top;
  if (!answer.sure) {
    const rivals = [first, second].filter((one) => one && (one === first || one.probability >= RIVAL));
    const rest = rivals.map((one) => `${one.label}: ${share(one)}`).join(", ");
    return {
      verdict: `Not sure: perhaps ${rivals.map((one) => oneOf(one.label)).join(" or ")}`,
      share: "",
      rest: `${rest}; sure above ${percent(answer.threshold, 0)}.`,
    };
  }
  const rest = second && second.probability >= NEXT ? `Next: ${oneOf(second.label)}, ${share(second)}.` : "";
  return { verdict: capital(oneOf(first.label)), share: share(first), rest };
}

const share = ({ probability }) => chance(probability, probability > 0.99 ? 1 : 0);

/** The headline above the drawing, which a screen reader hears when it settles. */
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
    app.say(`${root.firstChild.textContent}. ${rest.textContent}`.trim(), "answer");
  });
}

/** One row a class: its name, its bar, its probability; read out as a table of two columns. */
export function bars(root, app) {
  const body = el("tbody");
  const table = el(
    "table", { class: "bars" },
    el("caption", { class: "hidden-words" }, "Probability of each class"),
    el("thead", { class: "hidden-words" }, el("tr", {}, el("th", { scope: "col" }, "Class"), el("th", { scope: "col" }, "Probability"))),
    body,
  );
  const note = el("p", { class: "note" });
  root.append(table, note);
  let rows = [];

  function build() {
    const model = app.state.models.find(({ name }) => name === app.state.model);
    rows = model.classes.map((label) => ({ fill: el("i"), value: el("span", { class: "value" }), name: el("th", { scope: "row" }, label) }));
    body.replaceChildren(...rows.map(({ fill, value, name }) => {
      const mark = el("b", { class: "mark", ariaHidden: "true" });
      mark.style.insetInlineStart = `${100 * model.sure}%`;
      return el("tr", {}, name, el("td", {}, el("span", { class: "bar", ariaHidden: "true" }, fill, mark), value));
    }));
    table.classList.toggle("worded", model.classes.some((label) => label.length > 2));
    note.textContent = `Above ${percent(model.sure, 0)} (the thin line) the answer counts as sure; that share comes from pictures kept for validation.`;
    show();
  }

  function show() {
    const { answer } = app.state;
    const probabilities = answer && !answer.blank ? answer.probabilities.map(({ probability }) => probability) : null;
    if (probabilities && probabilities.length !== rows.length) return; // of the model before
    const most = probabilities && Math.max(...probabilities);
    rows.forEach(({ fill, value, name }, i) => {
      const probability = probabilities?.[i] ?? 0;
      fill.style.transform = `scaleX(${probability})`;
      value.textContent = probabilities ? chance(probability) : "–";
      name.parentElement.classList.toggle("best", probabilities !== null && probability === most);
    });
  }
  app.on("model", build);
  app.on("answer", show);
}

const TIMES = [
  ["preparation_ms", "preparation"],
  ["forward_ms", "forward pass"],
  ["round_trip_ms", "round trip"],
];

/** The line with times of the newest answer. */
export function times(root, app) {
  const values = TIMES.map(([key, name]) => [key, el("dd", {}, "–"), name]);
  root.append(...values.map(([, value, name]) => el("div", {}, el("dt", {}, name), value)));
  app.on("answer", (answer) => {
    for (const [key, value] of values) value.textContent = `${answer.times[key].toFixed(1)} ms`;
  });
}
