/** A unit: one number of a layer, how it is computed, the lines of source that did it, and its gradient. */

import { clamp, range, unpack } from "../../base/arrays.js";
import { button, el, note } from "../../base/dom.js";
import { number } from "../../base/format.js";
import { cellSize, legend } from "../../base/pictures.js";
import { askAboutDrawing, panelRequest } from "../../base/request.js";
import { say, serverWords } from "../../base/words.js";
import { formula, inputWindow, sourceCode, weightedSum } from "./arithmetic.js";
import { excitingPictures } from "./exciting.js";
import { UnitGrid } from "./unit-grid.js";

const FIELD = 224; // pixels of the enlarged map

/** mark(index or null): called when another unit of the layer was chosen here, or none. */
export function unitView(app, mark) {
  let index = null; // of the unit in its layer
  let shape = null; // of the layer
  let units = null; // how many its block has
  const title = el("h4", {});
  const sentence = el("p", { class: "unit-sentence" });
  const numbers = el("div", { class: "unit-numbers" });
  const fields = el("div", { class: "unit-fields", role: "group", "aria-label": say("unit.index") });
  const grid = new UnitGrid({
    name: say("unit.pixels"),
    choose: (i) => go([index[0], Math.floor(i / shape[2]), i % shape[2]]),
    describe: (i) => say("unit.pixel", { row: Math.floor(i / shape[2]), column: i % shape[2], value: number(grid.content.values[i]) }),
  });
  const scale = el("div");
  const aside = el("div", { class: "unit-map" }, grid.element, grid.readout, scale);
  const lines = el("div", { class: "unit-lines" });
  const exciting = excitingPictures(app);
  const element = el(
    "section", { class: "unit", hidden: true, "aria-label": say("unit.chosen") },
    el("div", { class: "unit-head" }, title, button(say("unit.close"), close, { class: "quiet" })),
    fields, aside, el("div", { class: "unit-body" }, sentence, numbers), lines, exciting.element,
  );
  const self = { element, open, refresh, close, place: null, values: null }; // place, values: of the layer; no place, no open unit

  /** Show the unit at this index of a layer, whose values (as they are shown) are given. */
  function open(layer, chosen, values) {
    self.place = layer.place;
    ({ shape, units } = layer);
    element.hidden = false;
    choose(chosen, values);
  }

  /** The layer's values have changed. */
  function refresh(values) {
    self.values = values;
    aside.hidden = shape.length !== 3;
    if (aside.hidden) return;
    const [, H, W] = shape;
    const map = values.subarray(index[0] * H * W, (index[0] + 1) * H * W);
    const colours = { ...range(map), signed: range(values).signed };
    grid.chosen = index[1] * W + index[2];
    grid.show({ values: map, shape: [H * W], columns: W, cell: Math.max(2, cellSize(FIELD, H, W)), ...colours });
    scale.replaceChildren(legend(colours, say("unit.this_map")));
  }

  function close() {
    if (self.place === null) return;
    self.place = null;
    element.hidden = true;
    exciting.close();
    mark(null);
  }

  function go(chosen) {
    mark(chosen);
    choose(chosen, self.values);
  }

  function choose(chosen, values) {
    index = chosen;
    fill();
    refresh(values);
    ask();
    if (units === shape[0]) exciting.open(self.place, index[0]);
    else exciting.close(); // as Flatten's: its numbers are no units
  }

  /** Number fields for map, row and column: they reach any unit without a pointer. */
  function fill() {
    const names = shape.length === 3 ? ["map", "row", "column"] : ["unit"]; // in the table of words
    if (fields.children.length !== names.length) {
      fields.replaceChildren(...names.map((name, axis) => el(
        "label", {}, el("span", {}, say(`unit.${name}`)),
        el("input", { type: "number", min: 0, step: 1, onchange: (event) => typed(axis, event.target) }),
      )));
    }
    fields.querySelectorAll("input").forEach((input, axis) => Object.assign(input, { max: shape[axis] - 1, value: index[axis] }));
  }

  function typed(axis, input) {
    go(index.with(axis, clamp(Math.round(input.valueAsNumber || 0), 0, shape[axis] - 1)));
  }

  const ask = panelRequest(element, app, {
    depends: ["answer", "backward"],
    ask: () => {
      if (self.place === null) return null;
      return askAboutDrawing(app, "/api/unit", { place: self.place, index: index.join(), backward: app.state.backward });
    },
    show: (response) => {
      if (self.place !== response.place) return;
      const { value, bias, gradient, source } = response;
      const [weights, inputs, gradients] = [response.weights, response.inputs, gradient?.weights].map(unpack);
      title.textContent = serverWords(response, "title");
      sentence.textContent = serverWords(response);
      numbers.replaceChildren(...[
        formula(say("unit.forward"), response),
        inputs && (weights ? weightedSum({ weights, inputs, gradients, bias, value }) : inputWindow(inputs)),
        gradient && formula(say("unit.backward"), gradient, note(serverWords(gradient))),
      ].filter(Boolean));
      lines.replaceChildren(...(source ? [sourceCode(source, Boolean(gradient))] : []));
      const news = { title: title.textContent, value: number(value), gradient: gradient && number(gradient.value) };
      app.announce(say(gradient ? "unit.news.gradient" : "unit.news", news), "unit");
    },
  });

  return self;
}
