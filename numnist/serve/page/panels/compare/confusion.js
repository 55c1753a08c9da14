/** Confusion matrix: labels and predictions on the test set, with the row and column of this prediction marked. */

import { el, note, scrollable, spoken } from "../../base/dom.js";
import { count, dataTitle, oneOf, percent } from "../../base/format.js";
import { PanelRequest, address } from "../../base/request.js";

export function confusion(app) {
  const table = el("table", { class: "confusion" });
  const words = el("p", { class: "confusion-words" });
  const about = note();
  const element = el("section", {}, el("h3", {}, "Confusion matrix"), about, scrollable("Confusion matrix", table), words);
  let shown = null;

  function show(response) {
    shown = response;
    const { classes, matrix, accuracy, data, split } = response;
    about.textContent = `${count(response.count)} ${split} pictures of ${dataTitle(data)}, ${percent(accuracy, 2)} classified correctly. Rows are labels, columns are predictions. The stronger the shade of a mistake, the more often it happens.`;
    const most = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)));
    table.classList.toggle("worded", classes.some((label) => label.length > 2));
    table.replaceChildren(
      spoken("Test pictures by label (rows) and prediction (columns)", "caption"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, "label ↓ pred. →"), classes.map((label) => head(label, "col")))),
      el("tbody", {}, matrix.map((row, i) => el("tr", {}, head(classes[i], "row"), row.map((n, j) => cell(n, i === j, most))))),
    );
    follow();
  }

  function follow() {
    if (!shown) return;
    const k = shown.classes.indexOf(app.state.answer?.label);
    table.querySelectorAll("thead .this-prediction").forEach((mark, j) => (mark.hidden = j !== k));
    table.querySelectorAll("thead th:not(.corner)").forEach((th, j) => th.classList.toggle("marked-head", j === k));
    table.querySelectorAll("tbody tr").forEach((row, i) => {
      row.classList.toggle("marked-row", i === k);
      row.querySelector(".this-prediction").hidden = i !== k;
      row.querySelectorAll("td").forEach((td, j) => {
        td.classList.toggle("in-column", j === k);
        td.classList.toggle("in-row", i === k);
      });
    });
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

  new PanelRequest(element, app, {
    depends: ["model"],
    ask: () => (app.state.model ? app.api.latest("confusion", address(app, "/api/confusion")) : null),
    show,
    empty: null,
  });
  app.on("answer", follow);
  return element;
}

const total = (counts) => counts.reduce((sum, n) => sum + n, 0);

/** A class as the head of its row or column, with a mark that is hidden until this class is predicted. */
function head(label, scope) {
  return el("th", { scope }, label, el("span", { class: "this-prediction", hidden: true }, spoken(", this prediction")));
}

/** A count; the shade of a mistake grows with its count. */
function cell(n, right, most) {
  const td = el("td", { class: right ? "right" : n === 0 ? "none" : "wrong" }, n === 0 ? "·" : thousands(n));
  if (n === 0) td.setAttribute("aria-label", "0");
  if (!right && n > 0) td.style.setProperty("--share", `${Math.round(8 + 42 * Math.sqrt(n / most))}%`);
  return td;
}

/** A count whose comma is left out where there is little room. */
function thousands(n) {
  return count(n).split(",").flatMap((part, i) => (i ? [el("span", { class: "thousands" }, ","), part] : [part]));
}
