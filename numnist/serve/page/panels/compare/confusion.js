/** Confusion matrix: labels and predictions on the test set, with the row and column of this prediction marked. */

import { el, note, scrollable, spoken } from "../../base/dom.js";
import { GROUP, count, percent } from "../../base/format.js";
import { address, panelRequest } from "../../base/request.js";
import { dataTitle, say } from "../../base/words.js";
import { onDemand } from "./on-demand.js";

export function confusion(app) {
  const table = el("table", { class: "confusion" });
  const words = el("p", { class: "confusion-words" });
  const about = note();
  const frame = scrollable(say("confusion.title"), table);
  const element = el("section", {}, el("h3", {}, say("confusion.title")), about, frame, words);
  let shown = null;
  frame.hidden = true; // there is nothing to scroll yet

  function show() {
    if (!shown) return;
    frame.hidden = false;
    const { classes, matrix, accuracy, data } = shown;
    const k = classes.indexOf(app.state.answer?.shown?.label);
    about.textContent = say("confusion.about", { count: shown.count, data: dataTitle(data), share: percent(accuracy, 2) });
    const most = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)));
    table.classList.toggle("worded", classes.some((label) => label.length > 2));
    table.replaceChildren(
      spoken(say("confusion.caption"), "caption"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, say("confusion.corner")), classes.map((label, j) => head(label, "col", j === k)))),
      el("tbody", {}, matrix.map((row, i) => el(
        "tr", {}, head(classes[i], "row", i === k),
        row.map((n, j) => cell(n, most, { right: i === j, "in-row": i === k, "in-column": j === k })),
      ))),
    );
    words.textContent = k < 0 ? say("confusion.draw") : inWords(k);
  }

  /** The prediction's column and row, as sentences: its precision and its recall. */
  function inWords(k) {
    const { classes, matrix } = shown;
    const column = matrix.map((row) => row[k]);
    const [predicted, labelled, right, name] = [total(column), total(matrix[k]), matrix[k][k], classes[k]];
    if (predicted === 0) return say("confusion.never", { label: name });
    const precision = say("confusion.precision", { label: name, right, count: predicted, share: percent(right / predicted, 1) });
    const recall = say("confusion.recall", { label: name, right, count: labelled });
    return say("confusion.words", {
      precision: withWorst("confusion.precision.others", { precision }, column, k), recall: withWorst("confusion.recall.others", { recall }, matrix[k], k),
    });
  }

  /** The sentence {name: text} with the class that is mistaken most often, if there is one. */
  function withWorst(key, sentence, counts, k) {
    const others = counts.map((n, i) => (i === k ? 0 : n));
    const most = Math.max(...others);
    if (most === 0) return Object.values(sentence)[0];
    return say(key, { ...sentence, other: shown.classes[others.indexOf(most)], count: most });
  }

  onDemand(element, say("confusion.find"), say("compare.cost"), () => panelRequest(element, app, {
    depends: ["model"],
    ask: () => (app.state.model ? app.api.latest("confusion", address(app, "/api/confusion")) : null),
    show: (response) => {
      shown = response;
      show();
    },
    empty: null,
  }));
  app.on("answer", show);
  return element;
}

const total = (counts) => counts.reduce((sum, n) => sum + n, 0);

/** A class as the head of its row or column, marked if it is the predicted one. */
function head(label, scope, marked) {
  const mark = marked && el("span", { class: "this-prediction" }, spoken(say("confusion.this")));
  return el("th", { scope, class: marked ? "marked-head" : "" }, label, mark);
}

/** A count; the shade of a mistake grows with its count.  marks: class names, each with whether it applies. */
function cell(n, most, marks) {
  const kinds = Object.entries({ ...marks, none: n === 0 && !marks.right, wrong: n > 0 && !marks.right });
  const names = kinds.filter(([, applies]) => applies).map(([name]) => name);
  const style = names.includes("wrong") ? `--share: ${Math.round(8 + 42 * Math.sqrt(n / most))}%` : null;
  return el("td", { class: names.join(" "), style, "aria-label": n === 0 ? "0" : null }, n === 0 ? "·" : thousands(n));
}

/** A count whose separator is left out where there is little room. */
function thousands(n) {
  return count(n).split(GROUP).flatMap((part, i) => (i ? [el("span", { class: "thousands" }, GROUP), part] : [part]));
}
