/** Second model: the predictions of two models for the same drawing, class by class. */

import { el, options, spoken } from "../../base/dom.js";
import { chance, milliseconds, percent } from "../../base/format.js";
import { modelNamed } from "../../base/models.js";
import { askAboutDrawing, panelRequest } from "../../base/request.js";
import { say } from "../../base/words.js";

export function secondModel(app) {
  const choice = el("select", { id: "second-model", onchange: choose });
  const verdict = el("p", { class: "second-verdict" });
  const predictions = el("div");
  const result = el("div", {}, verdict, predictions);
  const element = el(
    "section", {},
    el("div", { class: "section-head" }, el("h3", {}, say("second.title")),
      el("div", { class: "choice" }, el("label", { for: "second-model" }, say("second.with")), choice)),
    result,
  );

  function choose() {
    app.set("second", choice.value || null);
    ask();
  }

  const others = () => app.state.models.filter(({ name }) => name !== app.state.model);
  const rivals = () => others().filter(({ classes }) => sameClasses(classes, modelNamed(app)?.classes));

  /** candidates: the second model stays if it is one of these; otherwise the first with the same classes is taken. */
  function fill(candidates) {
    const { second } = app.state;
    const chosen = (candidates.find(({ name }) => name === second) ?? rivals()[0])?.name ?? null;
    choice.replaceChildren(...options([["", say("second.none")], ...others().map(({ name }) => name)], chosen ?? ""));
    if (chosen !== second) app.set("second", chosen);
    else follow();
  }

  function follow() {
    choice.value = app.state.second ?? "";
    verdict.textContent = "";
    if (app.state.second !== null) return;
    verdict.textContent = say(rivals().length ? "second.choose" : "second.no_rival");
    predictions.replaceChildren();
  }

  function show(response) {
    const own = app.state.answer;
    if (own.model.name !== app.state.model || response.model.name !== app.state.second) return; // another is on its way
    const [a, b] = [own, response].map((answer) => ({
      ...answer.parts[answer.digit - 1], times: answer.times, model: modelNamed(app, answer.model.name),
    })).map((one) => ({ ...one, shares: (one.probabilities ?? []).map(({ probability }) => probability) }));
    const same = sameClasses(a.model.classes, b.model.classes);
    const key = !same ? "second.differ" : a.label === b.label ? "second.both" : "second.each";
    verdict.textContent = say(key, { model: a.model.name, label: a.label, other: b.model.name, second: b.label });
    predictions.replaceChildren(same ? butterfly(a, b) : el("div", { class: "panel-pair" }, single(a), single(b)));
  }

  app.on("models", () => fill(others()));
  app.on("model", () => fill(rivals()));
  app.on("second", follow);
  const ask = panelRequest(result, app, {
    depends: ["answer", "second"],
    ask: () => (app.state.second ? askAboutDrawing(app, "/api/look", { model: app.state.second }, "second") : null),
    show,
  });
  if (app.state.model) fill(rivals());
  return element;
}

const sameClasses = (some, others) => String(some) === String(others);

/** One table of both: bars to the left and to the right of the classes. */
function butterfly(a, b) {
  const rows = a.model.classes.map((label, i) => [bar(a, i, "left"), el("th", { scope: "row" }, label), bar(b, i, "right")]);
  return table("butterfly", say("second.butterfly", { model: a.model.name, other: b.model.name }), [head(a), el("td"), head(b)], rows);
}

/** One model that has classes of its own: the five most probable. */
function single(prediction) {
  const { model, shares } = prediction;
  const order = shares.map((_, i) => i).sort((i, j) => shares[j] - shares[i]).slice(0, 5);
  const rows = order.map((i) => [el("th", { scope: "row" }, model.classes[i]), bar(prediction, i, "right")]);
  return table("butterfly single", say("second.five", { model: model.name }), [head(prediction, 2)], rows);
}

function table(name, caption, heads, rows) {
  const body = el("tbody", {}, rows.map((cells) => el("tr", {}, cells)));
  return el("table", { class: name }, spoken(caption, "caption"), el("thead", {}, el("tr", {}, heads)), body);
}

function head({ model, label, sure, times }, columns = 1) {
  const accuracy = model.accuracy === null ? [] : [say("second.accuracy", { share: percent(model.accuracy, 2) })];
  const facts = [say("second.parameters", { count: model.parameters }), ...accuracy, milliseconds(times.forward_ms)];
  return el(
    "th", { scope: "col", colSpan: columns }, el("strong", {}, model.name),
    el("span", { class: "second-label" }, label, sure ? null : el("span", { class: "tag" }, say("second.unsure"))),
    el("span", { class: "note" }, facts.join(", ")),
  );
}

function bar({ shares }, i, side) {
  const fill = el("i");
  fill.style.setProperty("--share", shares[i]);
  const best = shares[i] === Math.max(...shares) ? " best" : "";
  return el("td", { class: side + best }, el("span", { class: "side-bar", "aria-hidden": "true" }, fill), el("span", { class: "number" }, chance(shares[i])));
}
