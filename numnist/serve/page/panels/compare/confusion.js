/** Confusion: what the model takes for what on test pictures, with the row and column of this answer marked. */

import { Question } from "./asking.js";
import { count, dataTitle, el, oneOf, percent } from "./parts.js";

export function confusion(app) {
  const table = el("table", { class: "confusion" });
  const words = el("p", { class: "confusion-words" });
  const about = el("p", { class: "note" });
  const element = el(
    "section", {},
    el("h3", {}, "How often it errs"), about,
    el("div", { class: "scrolls", tabIndex: 0, role: "region", "aria-label": "Confusion matrix" }, table), words,
  );
  let shown = null;

  function show(answer) {
    shown = answer;
    const { classes, matrix, accuracy, data, split } = answer;
    about.textContent = `${count(answer.count)} ${split} pictures of ${dataTitle(data)}, ${percent(accuracy, 2)} read right. A row is what a picture shows, a column what the model says; the shade grows with the count.`;
    const most = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)));
    table.classList.toggle("worded", classes.some((label) => label.length > 2));
    table.replaceChildren(
      el("caption", { class: "hidden-words" }, "Test pictures by what they show (rows) and what the model says (columns)"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "corner" }, "shows ↓ says →"), classes.map((label) => el("th", { scope: "col" }, label, mark())))),
      el("tbody", {}, matrix.map((row, i) => el("tr", {}, el("th", { scope: "row" }, classes[i], mark()), row.map((n, j) => cell(n, i === j, most))))),
    );
    follow();
  }

  /** The mark of a row or column, hidden until it is this answer's. */
  function mark() {
    return el("span", { class: "this-answer", hidden: true }, el("span", { class: "hidden-words" }, ", this answer"));
  }

  function follow() {
    if (!shown) return;
    const { classes, matrix } = shown;
    const k = classes.indexOf(app.state.answer?.label);
    const rows = [...table.querySelectorAll("tbody tr")];
    table.querySelectorAll("thead .this-answer").forEach((each, j) => (each.hidden = j !== k));
    rows.forEach((row, i) => {
      row.classList.toggle("marked-row", i === k);
      row.querySelector(".this-answer").hidden = i !== k;
      row.querySelectorAll("td").forEach((each, j) => {
        each.classList.toggle("in-column", j === k);
        each.classList.toggle("in-row", i === k);
      });
    });
    table.querySelectorAll("thead th").forEach((each, j) => each.classList.toggle("marked-head", j === k + 1 && k >= 0));
    words.textContent = k < 0 ? "Draw something, and this answer's row and column are marked." : inWords(k);
  }

  /** The answer's column and row, as sentences. */
  function inWords(k) {
    const { classes, matrix } = shown;
    const said = matrix.reduce((sum, row) => sum + row[k], 0);
    const shows = matrix[k].reduce((sum, n) => sum + n, 0);
    const right = matrix[k][k];
    const name = classes[k];
    if (said === 0) return `It said “${name}” of none of these pictures.`;
    const column = `When it says “${name}”, it is right ${count(right)} times in ${count(said)} (${percent(right / said, 1)})`;
    const row = `of ${count(shows)} pictures of ${oneOf(name)} it finds ${count(right)}`;
    return `${column}${worst(matrix.map((each) => each[k]), k, "; otherwise it was mostly")}. ${row.replace(/^o/, "O")}${worst(matrix[k], k, "; the others it mostly takes for")}.`;
  }

  function worst(counts, k, lead) {
    const others = counts.map((n, i) => (i === k ? 0 : n));
    const most = Math.max(...others);
    return most === 0 ? "" : `${lead} ${oneOf(shown.classes[others.indexOf(most)])} (${count(most)})`;
  }

  new Question(element, app, {
    depends: ["model"],
    ask: () => (app.state.model ? app.api.latest("confusion", `/api/confusion?${new URLSearchParams({ model: app.state.model })}`) : Promise.resolve(null)),
    show,
    empty: null,
  });
  app.on("answer", follow);
  return element;
}

/** A count on a ground that grows with it: the right ones lightly, the wrong ones by how many they are. */
function cell(n, right, most) {
  const td = el("td", { class: right ? "right" : n === 0 ? "none" : "wrong" }, n === 0 ? "·" : thousands(n));
  if (n === 0) td.setAttribute("aria-label", "0");
  if (!right && n > 0) td.style.setProperty("--share", `${Math.round(8 + 42 * Math.sqrt(n / most))}%`);
  return td;
}

/** A count whose comma goes where there is little room. */
function thousands(n) {
  return count(n).split(",").flatMap((part, i) => (i ? [el("span", { class: "thousands" }, ","), part] : [part]));
}
