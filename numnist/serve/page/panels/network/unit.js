/** A unit: one number of a layer, how it is computed, the lines of source that did it, and its gradient. */

import { clamp, range, unpack } from "../../base/arrays.js";
import { button, el, note } from "../../base/dom.js";
import { number } from "../../base/format.js";
import { cellSize, legend } from "../../base/pictures.js";
import { PanelRequest, askAboutDrawing } from "../../base/request.js";
import { sourceCode } from "./source.js";
import { UnitGrid } from "./unit-grid.js";
import { inputWindow, weightedSum } from "./weighted-sum.js";

const FIELD = 224; // pixels of the enlarged map

export class Unit {
  /** mark(index or null): called when another unit of the layer was chosen here. */
  constructor(app, mark) {
    Object.assign(this, { app, mark, place: null });
    this.title = el("h4", {});
    this.sentence = el("p", { class: "unit-sentence" });
    this.numbers = el("div", { class: "unit-numbers" });
    this.fields = el("div", { class: "unit-fields", role: "group", "aria-label": "Choose a unit by its index" });
    this.map = new UnitGrid({
      name: "The map, pixel by pixel",
      choose: (i) => this.#go([this.index[0], Math.floor(i / this.shape[2]), i % this.shape[2]]),
      hover: (i) => this.#read(i),
      describe: (i) => this.#words(i),
    });
    this.readout = el("p", { class: "readout", "aria-hidden": "true" });
    this.scale = el("div");
    this.aside = el("div", { class: "unit-map" }, this.map.element, this.readout, this.scale);
    this.lines = el("div", { class: "unit-lines" });
    this.element = el(
      "section", { class: "unit", hidden: true, "aria-label": "The chosen unit" },
      el("div", { class: "unit-head" }, this.title, button("Close", () => this.close(), { class: "quiet" })),
      this.fields, this.aside, el("div", { class: "unit-body" }, this.sentence, this.numbers), this.lines,
    );
    this.request = new PanelRequest(this.element, app, {
      depends: ["answer", "backward"],
      ask: () => this.#ask(),
      show: (response) => this.#show(response),
    });
  }

  /** Show the unit at this index of a layer, whose values (as they are shown) are given. */
  open(layer, index, values) {
    Object.assign(this, { place: layer.place, shape: layer.shape, values });
    this.element.hidden = false;
    this.#choose(index);
  }

  /** The layer's values have changed. */
  refresh(values) {
    this.values = values;
    this.aside.hidden = this.shape.length !== 3;
    if (this.aside.hidden) return;
    const [, H, W] = this.shape;
    const map = values.subarray(this.index[0] * H * W, (this.index[0] + 1) * H * W);
    const scale = { ...range(map), signed: range(values).signed };
    this.map.chosen = this.index[1] * W + this.index[2];
    this.map.show({ values: map, shape: [H * W], columns: W, cell: Math.max(2, cellSize(FIELD, H, W)), ...scale });
    this.scale.replaceChildren(legend(scale, "this map"));
    this.#read(null);
  }

  close() {
    if (this.place === null) return;
    this.place = null;
    this.element.hidden = true;
    this.mark(null);
  }

  #ask() {
    if (this.place === null) return null;
    const { place, index } = this;
    return askAboutDrawing(this.app, "/api/unit", { place, index: index.join(), backward: this.app.state.backward });
  }

  #go(index) {
    this.mark(index);
    this.#choose(index);
  }

  #choose(index) {
    this.index = index;
    this.#fill();
    this.refresh(this.values);
    this.request.now();
  }

  /** Number fields for map, row and column: they reach any unit without a pointer. */
  #fill() {
    const names = this.shape.length === 3 ? ["map", "row", "column"] : ["unit"];
    if (this.fields.children.length !== names.length) {
      this.fields.replaceChildren(...names.map((name, axis) => el(
        "label", {}, el("span", {}, name),
        el("input", { type: "number", min: 0, step: 1, onchange: (event) => this.#typed(axis, event.target) }),
      )));
    }
    this.fields.querySelectorAll("input").forEach((input, axis) => {
      input.max = this.shape[axis] - 1;
      input.value = this.index[axis];
    });
  }

  #typed(axis, input) {
    const value = Math.round(Number(input.value));
    this.#go(this.index.with(axis, clamp(Number.isFinite(value) ? value : 0, 0, this.shape[axis] - 1)));
  }

  #show(response) {
    if (this.place !== response.place) return;
    const { title, sentence, value, bias, gradient, source } = response;
    const [weights, inputs, gradients] = [response.weights, response.inputs, gradient?.weights].map((array) => array && unpack(array));
    this.title.textContent = title;
    this.sentence.textContent = sentence;
    this.numbers.replaceChildren(...[
      formula("Forward", response),
      inputs && (weights ? weightedSum({ weights, inputs, gradients, bias, value }) : inputWindow(inputs)),
      gradient && formula("Backward: its gradient", gradient, note(gradient.sentence)),
    ].filter(Boolean));
    this.lines.replaceChildren(...(source ? [sourceCode(source, Boolean(gradient))] : []));
    const back = gradient ? `, gradient ${number(gradient.value)}` : "";
    this.app.announce(`${title}: ${number(value)}${back}.`, "unit");
  }

  #read(i) {
    this.readout.textContent = this.#words(i ?? this.map.chosen);
  }

  #words(i) {
    const W = this.shape[2];
    return `row ${Math.floor(i / W)}, column ${i % W}: ${number(this.map.content?.values[i])}`;
  }
}

/** The formula in letters and in numbers. */
function formula(title, { formula: letters, with_numbers: numbers, value }, ...more) {
  return el(
    "div", { class: "formula" },
    el("p", { class: "formula-head" }, el("span", {}, title), el("output", { class: value < 0 ? "minus" : "plus" }, number(value))),
    letters && el("code", {}, letters),
    numbers && el("code", { class: "formula-numbers" }, numbers),
    more,
  );
}
