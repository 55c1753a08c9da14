/** A layer: its numbers at full size, of which a unit can be chosen, and the value of the one under the pointer. */

import { extremes, robustRange } from "../../base/arrays.js";
import { el, note } from "../../base/dom.js";
import { number, sizes } from "../../base/format.js";
import { legend } from "../../base/pictures.js";
import { UnitGrid } from "./unit-grid.js";

export class Layer {
  /** choose(index, values): a unit was chosen, [k, i, j] in a map (its strongest point) or [k] in a vector. */
  constructor(choose) {
    this.title = el("h3", { id: "layer-title" });
    this.facts = note();
    this.scale = el("div");
    this.readout = el("p", { class: "readout", "aria-hidden": "true" });
    this.grid = new UnitGrid({
      choose: (i) => {
        this.#read(i);
        choose(this.#index(i), this.values);
      },
      hover: (i) => this.#read(i),
      describe: (i) => this.#words(i),
    });
    this.element = el(
      "div", { class: "layer", id: "layer", role: "tabpanel", "aria-labelledby": "layer-title" },
      el("div", { class: "layer-head" }, el("div", {}, this.title, this.facts), this.scale),
      this.grid.element, this.readout,
    );
  }

  show(layer, { backward, classes }) {
    if (this.shown?.place !== layer.place) this.grid.chosen = null;
    this.shown = layer;
    const { place, title, shape } = layer;
    const back = backward !== null && layer.gradient !== null;
    const maps = shape.length === 3;
    this.values = back ? layer.gradient : layer.output;
    this.names = !maps && shape[0] === classes.length ? classes : null;
    const scale = { ...robustRange(this.values), ...(back && { signed: true }) };
    const amount = maps ? `${shape[0]} maps of ${sizes(shape.slice(1))}` : `${shape[0]} numbers`;
    this.title.textContent = `Layer ${place}: ${title}`;
    this.facts.textContent = `${amount}. ${back ? "Gradients of the loss" : "Outputs"}, all on one scale.`;
    this.scale.replaceChildren(legend(scale, back ? "gradient" : "output"));
    this.grid.name = `Layer ${place}, ${maps ? "maps" : "units"}`;
    this.grid.show({ values: this.values, shape, names: this.names, ...scale });
    this.#read(null);
  }

  mark(index) {
    this.grid.mark(index === null ? null : index[0]);
    this.#read(null);
  }

  #map(i) {
    const [, H, W] = this.shown.shape;
    return this.values.subarray(i * H * W, (i + 1) * H * W);
  }

  #index(i) {
    const { shape } = this.shown;
    if (shape.length === 1) return [i];
    const map = this.#map(i);
    let best = 0;
    map.forEach((value, at) => {
      if (Math.abs(value) > Math.abs(map[best])) best = at;
    });
    return [i, Math.floor(best / shape[2]), best % shape[2]];
  }

  #read(i) {
    const at = i ?? this.grid.chosen;
    this.readout.textContent = at === null ? "Point at a unit to see its value, click to open it." : this.#words(at);
  }

  #words(i) {
    if (this.shown.shape.length === 1) {
      return `${this.names ? `${this.names[i]} (unit ${i})` : `unit ${i}`}: ${number(this.values[i])}`;
    }
    const [least, most] = extremes(this.#map(i)).map((value) => number(value));
    return `map ${i}: from ${least} to ${most}`;
  }
}
