/** Confusion matrix: labels and predictions on the test set, with the row and column of this prediction marked. */

import { el, note, scrollable, spoken } from "../../base/dom.js";
import { count, dataTitle, oneOf, percent } from "../../base/format.js";
import { address, panelRequest } from "../../base/request.js";
import { onDemand } from "./on-demand.js";

export function confusion(app) {
  const table = el("table", { class: "confusion" });
  const words = el("p", { class: "confusion-words" });
  const about = note();
  const frame = scrollable("Confusion matrix", table);
  const element = el("section", {}, el("h3", {}, "Confusion matrix"), about, frame, words);
  let shown = null;
  frame.hidden = true; // there is nothing to scroll yet

  function show() {
    if (!shown) return;
    frame.hidden = false;
    const { classes, matrix, accuracy, data, split } = shown;
    const k = classes.indexOf(app.state.answer?.shown?.label);
    about.textContent = `${count(shown.count)} ${split} pictures of ${dataTitle(data)}, ${percent(accuracy, 2)} classified correctly. Rows are labels, columns are predictions. The stronger the shade of a mistake, the more often it happens.`;
    const most = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)));
    table.classList.toggle("worded", classes.some((label) => label.length > 2));
    table.replaceChildren(
      spoken("Test pictures by label (rows) and prediction (columns)", "caption"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, "label ↓ pred. →"), classes.map((label, j) => head(label, "col", j === k)))),
      el("tbody", {}, matrix.map((row, i) => el(
        "tr", {}, head(classes[i], "row", i === k),
        row.map((n, j) => cell(n, most, { right: i === j, "in-row": i === k, "in-column": j === k })),
      ))),
    );
    words.textContent = k < 0 ? "Draw something to mark the row and column of its prediction." : inWords(k);
  }

  /** The prediction's column and row, as sentences: its precision and its recall. */
  function inWords(k) {
    const { classes, matrix } = shown;
    const column = matrix.map((row) => row[k]);
    const [predicted, labelled, right, name] = [total(column), total(matrix[k]), matrix[k][k], classes[k]];
    if (predicted === 0) return `It predicted “${name}” for none of these pictures.`;
    const precision = `When it predicts “${name}”, it is right ${count(right)} times in ${count(predicted)} (${percent(right / predicted, 1)})`;
    const recall = `Of ${count(labelled)} pictures of ${oneOf(name)} it recognises ${count(right)}`;
    return `${precision}${worst(column, k, "; the others are mostly of")}. ${recall}${worst(matrix[k], k, "; it mostly mistakes the others for")}.`;
  }

  function worst(counts, k, lead) {
    const others = counts.map((n, i) => (i === k ? 0 : n));
    const most = Math.max(...others);
    return most === 0 ? "" : `${lead} ${oneOf(shown.classes[others.indexOf(most)])} (${count(most)})`;
  }

  onDemand(element, "Evaluate the model", "The first time the server computes for some seconds.", () => panelRequest(element, app, {
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
  const mark = marked && el("span", { class: "this-prediction" }, spoken(", this prediction"));
  return el("th", { scope, class: marked ? "marked-head" : "" }, label, mark);
}

/** A count; the shade of a mistake grows with its count.  marks: class names, each with whether it applies. */
function cell(n, most, marks) {
  const kinds = Object.entries({ ...marks, none: n === 0 && !marks.right, wrong: n > 0 && !marks.right });
  const names = kinds.filter(([, applies]) => applies).map(([name]) => name);
  const style = names.includes("wrong") ? `--share: ${Math.round(8 + 42 * Math.sqrt(n / most))}%` : null;
  return el("td", { class: names.join(" "), style, "aria-label": n === 0 ? "0" : null }, n === 0 ? "·" : thousands(n));
}

/** A count whose comma is left out where there is little room. */
function thousands(n) {
  return count(n).split(",").flatMap((part, i) => (i ? [el("span", { class: "thousands" }, ","), part] : [part]));
}
