/** A layer: its numbers at full size, of which one unit is chosen, and what the one under the pointer is. */

import { sizes } from "./flow.js";
import { el, number } from "./parts.js";
import { legend, usual } from "./pictures.js";
import { Sheet } from "./sheet.js";

export class Layer {
  /** pick(index, values): a unit was chosen, [K, i, j] in a map (its strongest point) or [k] in a vector. */
  constructor(pick) {
    this.title = el("h3", { id: "layer-title" });
    this.facts = el("p", { class: "note" });
    this.scale = el("div");
    this.readout = el("p", { class: "readout", "aria-hidden": "true" });
    this.sheet = new Sheet({
      name: "Units of this layer",
      pick: (i) => {
        this.#read(i);
        pick(this.#index(i), this.values);
      },
      over: (i) => this.#read(i),
      say: (i) => this.#words(i),
    });
    this.element = el(
      "div", { class: "layer", id: "layer", role: "tabpanel", "aria-labelledby": "layer-title" },
      el("div", { class: "layer-head" }, el("div", {}, this.title, this.facts), this.scale),
      this.sheet.element, this.readout,
    );
  }

  show(layer, { backward, classes }) {
    if (this.shown?.place !== layer.place) this.sheet.chosen = null;
    this.shown = layer;
    const back = backward !== null && backward !== undefined && layer.gradient !== null;
    this.values = back ? layer.gradient : layer.output;
    this.names = layer.shape.length === 1 && layer.shape[0] === classes.length ? classes : null;
    const scale = { ...usual(this.values), ...(back && { signed: true }) };
    this.title.textContent = `Layer ${layer.place}: ${layer.title}`;
    this.facts.textContent = `${amount(layer.shape)}. ${back ? "Gradients of the loss" : "Outputs"}, all on one scale.`;
    this.scale.replaceChildren(legend(scale, back ? "gradient" : "output"));
    this.sheet.name = `Layer ${layer.place}, ${layer.shape.length === 3 ? "maps" : "units"}`;
    this.sheet.show({ values: this.values, shape: layer.shape, names: this.names, ...scale });
    this.#read(null);
  }

  mark(index) {
    this.sheet.choose(index === null ? null : index[0]);
    this.#read(null);
  }

  #index(i) {
    const { shape } = this.shown;
    if (shape.length === 1) return [i];
    const [, H, W] = shape;
    const map = this.values.subarray(i * H * W, (i + 1) * H * W);
    let best = 0;
    map.forEach((value, at) => {
      if (Math.abs(value) > Math.abs(map[best])) best = at;
    });
    return [i, Math.floor(best / W), best % W];
  }

  #read(i) {
    const at = i ?? this.sheet.chosen;
    this.readout.textContent = at === null ? "Point at a unit to read it, choose it to open it." : this.#words(at);
  }

  #words(i) {
    const { shape } = this.shown;
    if (shape.length === 1) return `${this.names ? `${this.names[i]} (unit ${i})` : `unit ${i}`}: ${number(this.values[i])}`;
    const size = shape[1] * shape[2];
    const map = this.values.subarray(i * size, (i + 1) * size);
    let [least, most] = [Infinity, -Infinity];
    for (const value of map) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    return `map ${i}: from ${number(least)} to ${number(most)}`;
  }
}

function amount(shape) {
  return shape.length === 3 ? `${shape[0]} maps of ${sizes(shape.slice(1))}` : `${shape[0]} numbers`;
}
