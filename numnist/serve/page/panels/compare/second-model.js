/** Rivals: two models on the same drawing, class by class. */

import { Question, askAboutDrawing, modelNamed } from "./asking.js";
import { chance, count, el, oneOf, options, percent } from "./parts.js";

export function rivals(app) {
  const choice = el("select", { id: "second-model", onchange: choose });
  const verdict = el("p", { class: "rivals-verdict" });
  const shows = el("div", { class: "rivals-shows" });
  const asked = el("div", {}, verdict, shows);
  const element = el(
    "section", {},
    el("div", { class: "section-head" }, el("h3", {}, "Two models on one drawing"),
      el("div", { class: "choice" }, el("label", { for: "second-model" }, "beside"), choice)),
    asked,
  );

  function choose() {
    app.set("second", choice.value || null);
    question.now();
  }

  /** At first, and for another model, one of the same classes stands beside it; the reader may choose any. */
  function fill(anew) {
    const { models, model, second } = app.state;
    const others = models.filter(({ name }) => name !== model);
    const own = String(modelNamed(app)?.classes);
    const alike = others.filter(({ classes }) => String(classes) === own);
    const before = (anew ? alike : others).find(({ name }) => name === second);
    const chosen = (before ?? alike[0])?.name ?? null;
    choice.replaceChildren(...options([["", "none"], ...others.map(({ name }) => name)], chosen ?? ""));
    if (chosen !== second) app.set("second", chosen);
    else follow();
  }

  function follow() {
    choice.value = app.state.second ?? "";
    verdict.textContent = "";
    if (app.state.second !== null) return;
    const alone = app.state.models.every(({ name, classes }) => name === app.state.model || String(classes) !== String(modelNamed(app)?.classes));
    verdict.textContent = alone ? "No other model knows these classes: train one under “Watch it learn”, and keep it." : "Choose a model to set beside it.";
    shows.replaceChildren();
  }

  function show(other) {
    const own = app.state.answer;
    if (own.model.name !== app.state.model || other.model.name !== app.state.second) return; // another is on its way
    const sides = [side(own, modelNamed(app)), side(other, modelNamed(app, app.state.second))];
    const [a, b] = sides;
    const same = String(a.model.classes) === String(b.model.classes);
    verdict.textContent = !same ? "They know different classes, so each has to call it something it knows."
      : a.label === b.label ? `Both say ${oneOf(a.label)}.` : `${a.model.name} says ${oneOf(a.label)}, ${b.model.name} says ${oneOf(b.label)}.`;
    shows.replaceChildren(same ? butterfly(a, b) : el("div", { class: "panel-pair" }, alone(a), alone(b)));
  }

  app.on("models", () => fill(false));
  app.on("model", () => fill(true));
  app.on("second", follow);
  const question = new Question(asked, app, {
    depends: ["answer", "second"],
    ask: () => (app.state.second ? askAboutDrawing(app, "/api/look", { model: app.state.second }, "second") : Promise.resolve(null)),
    show,
  });
  if (app.state.model) fill(true);
  return element;
}

function side(answer, model) {
  return { model, label: answer.label, shares: answer.probabilities.map(({ probability }) => probability), sure: answer.sure, times: answer.times };
}

/** One table of both: bars to the left and to the right of the classes' names. */
function butterfly(a, b) {
  return el(
    "table", { class: "butterfly" },
    el("caption", { class: "hidden-words" }, `Probability of each class by ${a.model.name} and by ${b.model.name}`),
    el("thead", {}, el("tr", {}, head(a), el("td"), head(b))),
    el("tbody", {}, a.model.classes.map((label, i) => el(
      "tr", {}, bar(a, i, "left"), el("th", { scope: "row" }, label), bar(b, i, "right"),
    ))),
  );
}

/** One model with classes of its own: those of its five largest shares. */
function alone(one) {
  const order = one.shares.map((_, i) => i).sort((i, j) => one.shares[j] - one.shares[i]).slice(0, 5);
  return el(
    "table", { class: "butterfly single" },
    el("caption", { class: "hidden-words" }, `The five most probable classes by ${one.model.name}`),
    el("colgroup", {}, el("col", { class: "names" }), el("col")),
    el("thead", {}, el("tr", {}, head(one, 2))),
    el("tbody", {}, order.map((i) => el("tr", {}, el("th", { scope: "row" }, one.model.classes[i]), bar(one, i, "right")))),
  );
}

function head({ model, label, sure, times }, columns = 1) {
  const facts = [`${count(model.parameters)} parameters`, model.accuracy === null ? null : `${percent(model.accuracy, 2)} on test`, `${times.forward_ms.toFixed(1)} ms`];
  return el(
    "th", { scope: "col", colSpan: columns }, el("strong", {}, model.name),
    el("span", { class: "rival-label" }, label, sure ? null : el("span", { class: "tag" }, "not sure")),
    el("span", { class: "note" }, facts.filter(Boolean).join(", ")),
  );
}

function bar({ shares }, i, to) {
  const fill = el("i");
  fill.style.setProperty("--share", shares[i]);
  const most = shares[i] === Math.max(...shares);
  return el("td", { class: `${to}${most ? " best" : ""}` }, el("span", { class: "rival-bar", "aria-hidden": "true" }, fill), el("span", { class: "number" }, chance(shares[i])));
}
