/** A unit: one number of a layer, the sum that it is, the lines of source that made it, and its gradient. */

import { unpack } from "../arrays.js";
import { Question, askAboutDrawing } from "./asking.js";
import { button, el, number } from "./parts.js";
import { legend, onColours, range } from "./pictures.js";
import { Sheet } from "./sheet.js";
import { sources } from "./sources.js";
import { sums } from "./sums.js";

const FIELD = 224; // pixels of the enlarged map

export class Unit {
  /** mark(index or null): called when another unit of the layer was chosen here. */
  constructor(app, mark) {
    Object.assign(this, { app, mark });
    this.place = null;
    this.title = el("h4", {});
    this.sentence = el("p", { class: "unit-sentence" });
    this.numbers = el("div", { class: "unit-numbers" });
    this.steps = el("div", { class: "unit-steps", role: "group", "aria-label": "Choose a unit by its numbers" });
    this.map = new Sheet({
      name: "The map, pixel by pixel",
      pick: (i) => this.#go([this.index[0], Math.floor(i / this.shape[2]), i % this.shape[2]]),
      over: (i) => this.#read(i),
      say: (i) => this.#words(i),
    });
    this.readout = el("p", { class: "readout", "aria-hidden": "true" });
    this.scale = el("div");
    this.aside = el("div", { class: "unit-map" }, this.map.element, this.readout, this.scale);
    this.lines = el("div", { class: "unit-lines" });
    this.element = el(
      "section", { class: "unit", hidden: true, "aria-label": "The chosen unit" },
      el("div", { class: "unit-head" }, this.title, button("Close", () => this.close(), { class: "quiet" })),
      this.steps, this.aside, el("div", { class: "unit-body" }, this.sentence, this.numbers), this.lines,
    );
    this.question = new Question(this.element, app, {
      depends: ["answer", "backward"],
      ask: () => this.#ask(),
      show: (answer) => this.#show(answer),
    });
    onColours(() => this.answer && this.#show(this.answer));
  }

  /** Show the unit at this index of a layer, whose values (as they are shown) are given. */
  open(layer, index, values) {
    Object.assign(this, { place: layer.place, shape: layer.shape, index });
    this.element.hidden = false;
    this.#fields();
    this.renew(values);
    this.question.now();
  }

  /** The layer has other values now. */
  renew(values) {
    this.values = values;
    this.aside.hidden = this.shape.length !== 3;
    if (this.aside.hidden) return;
    const [, H, W] = this.shape;
    const map = values.subarray(this.index[0] * H * W, (this.index[0] + 1) * H * W);
    const scale = { ...range(map), signed: range(values).signed };
    this.map.chosen = this.index[1] * W + this.index[2];
    this.map.show({ values: map, shape: [H * W], columns: W, cell: Math.max(2, Math.floor(FIELD / Math.max(H, W))), ...scale });
    this.scale.replaceChildren(legend(scale, "this map"));
    this.#read(null);
  }

  close() {
    if (this.place === null) return;
    this.place = null;
    this.answer = null;
    this.element.hidden = true;
    this.mark(null);
  }

  #ask() {
    if (this.place === null) return Promise.resolve(null);
    const { place, index } = this;
    return askAboutDrawing(this.app, "/api/unit", { place, index: index.join(), backward: this.app.state.backward });
  }

  #go(index) {
    this.index = index;
    this.mark(index);
    this.#fields();
    this.renew(this.values);
    this.question.now();
  }

  /** Number fields for map, row and column: the way to any unit without a pointer. */
  #fields() {
    const names = this.shape.length === 3 ? ["map", "row", "column"] : ["unit"];
    if (this.steps.children.length !== names.length) {
      this.steps.replaceChildren(...names.map((name, axis) => el(
        "label", {}, el("span", {}, name),
        el("input", { type: "number", min: 0, step: 1, onchange: (event) => this.#typed(axis, event.target) }),
      )));
    }
    this.steps.querySelectorAll("input").forEach((input, axis) => {
      input.max = this.shape[axis] - 1;
      input.value = this.index[axis];
    });
  }

  #typed(axis, input) {
    const value = Math.round(Number(input.value));
    const to = Math.max(0, Math.min(this.shape[axis] - 1, Number.isFinite(value) ? value : 0));
    input.value = to;
    this.#go(this.index.map((old, i) => (i === axis ? to : old)));
  }

  #show(answer) {
    if (this.place !== answer.place) return;
    this.answer = answer;
    this.title.textContent = answer.title;
    this.sentence.textContent = answer.sentence;
    const weights = answer.weights && unpack(answer.weights);
    const inputs = answer.inputs && unpack(answer.inputs);
    const slopes = answer.gradient?.weights ? unpack(answer.gradient.weights) : null;
    this.numbers.replaceChildren(...[
      formula("Forward", answer),
      weights && inputs ? sums({ weights, inputs, slopes, bias: answer.bias, value: answer.value }) : null,
      !weights && inputs ? sums({ inputs, value: answer.value }) : null,
      answer.gradient ? backward(answer.gradient) : null,
    ].filter(Boolean));
    this.lines.replaceChildren(...(answer.source ? [sources(answer.source, Boolean(answer.gradient))] : []));
    if (!answer.gradient) this.app.say(`${answer.title}: ${number(answer.value)}.`, "unit");
    else this.app.say(`${answer.title}: ${number(answer.value)}, gradient ${number(answer.gradient.value)}.`, "unit");
  }

  #read(i) {
    const at = i ?? this.map.chosen;
    this.readout.textContent = this.#words(at);
  }

  #words(i) {
    const W = this.shape[2];
    const value = this.map.content?.values[i];
    return `row ${Math.floor(i / W)}, column ${i % W}: ${number(value)}`;
  }
}

/** The formula, and below it the same in numbers. */
function formula(title, { formula: letters, with_numbers: numbers, value }) {
  return el(
    "div", { class: "formula" },
    el("p", { class: "formula-head" }, el("span", {}, title), el("output", { class: value < 0 ? "minus" : "plus" }, number(value))),
    letters && el("code", {}, letters),
    numbers && el("code", { class: "formula-numbers" }, numbers),
  );
}

function backward(gradient) {
  const part = formula("Backward: its gradient", gradient);
  part.classList.add("formula-back");
  part.append(el("p", { class: "note" }, gradient.sentence));
  return part;
}
