/** A layer: its numbers at full size, of which a unit can be chosen. */

import { extremes, robustRange } from "../../base/arrays.js";
import { el, note } from "../../base/dom.js";
import { number, sizes } from "../../base/format.js";
import { legend } from "../../base/pictures.js";
import { say } from "../../base/words.js";
import { UnitGrid } from "./unit-grid.js";

/** choose(index, values): a unit was chosen, [k, i, j] in a map (its strongest point) or [k] in a vector. */
export function layerView(choose) {
  const title = el("h4", { id: "layer-title" });
  const facts = note();
  const scale = el("div");
  const grid = new UnitGrid({
    choose: (i) => choose(indexOf(i), self.values),
    describe,
    hint: say("layer.hint"),
  });
  const element = el(
    "div", { class: "layer", id: "layer", role: "tabpanel", "aria-labelledby": "layer-title" },
    el("div", { class: "layer-head" }, el("div", {}, title, facts), scale),
    grid.element, grid.readout,
  );
  const self = { element, show, mark: (index) => grid.mark(index?.[0] ?? null), shown: null, values: null };

  /** heading: the layer's own, or what else its output stands for. */
  function show(layer, { backward, classes }, heading) {
    const { place, shape } = layer;
    if (self.shown?.place !== place) grid.chosen = null;
    const back = backward !== null && Boolean(layer.gradient);
    const maps = shape.length === 3;
    const values = back ? layer.gradient : layer.output;
    const names = !maps && shape[0] === classes.length ? classes : null;
    const colours = { ...robustRange(values), ...(back && { signed: true }) };
    const amount = maps ? say("layer.maps", { count: shape[0], size: sizes(shape.slice(1)) }) : say("layer.numbers", { count: shape[0] });
    Object.assign(self, { shown: layer, values });
    title.textContent = heading;
    facts.textContent = `${amount}${say(back ? "layer.gradients" : "layer.outputs")}`;
    scale.replaceChildren(legend(colours, say(back ? "layer.gradient" : "layer.output")));
    grid.name = say(maps ? "layer.name.maps" : "layer.name.units", { place });
    grid.show({ values, shape, names, ...colours });
  }

  function map(i) {
    const [, H, W] = self.shown.shape;
    return self.values.subarray(i * H * W, (i + 1) * H * W);
  }

  function indexOf(i) {
    const { shape } = self.shown;
    if (shape.length === 1) return [i];
    const strength = map(i).map(Math.abs);
    const best = strength.indexOf(Math.max(...strength));
    return [i, Math.floor(best / shape[2]), best % shape[2]];
  }

  function describe(i) {
    const { names, values, shape } = grid.content;
    const value = number(values[i]);
    if (shape.length === 1) return names ? say("layer.class", { name: names[i], unit: i, value }) : say("layer.unit", { unit: i, value });
    const [least, most] = extremes(map(i)).map((value) => number(value));
    return say("layer.map", { map: i, least, most });
  }

  return self;
}
