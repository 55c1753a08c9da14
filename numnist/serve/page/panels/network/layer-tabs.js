/** Layer tabs: all layers in a row, each with a thumbnail of its output, one of them open. */

import { range, robustRange } from "../../base/arrays.js";
import { button, el } from "../../base/dom.js";
import { sizes } from "../../base/format.js";
import { cellSize, paintBars, paintCells, paintMaps, painted, sized } from "../../base/pictures.js";

const SIDE = 60; // pixels of a thumbnail

export class LayerTabs {
  constructor(open) {
    this.open = open;
    this.start = el("figure", { class: "layer-start" });
    this.list = el("div", { class: "layer-tablist", role: "tablist", "aria-label": "Layers", onkeydown: (e) => this.#key(e) });
    this.element = el("div", { class: "layer-tabs" }, this.start, this.list);
    this.tabs = new Map();
  }

  show({ layers, input, backward, classes }) {
    const names = layers.map((layer) => `${layer.place} ${layer.title}`).join("\n");
    if (names !== this.names) this.#build(layers);
    this.names = names;
    const back = backward !== null;
    this.element.classList.toggle("backward", back);
    this.#input(input);
    for (const { place, title, shape, output, gradient } of layers) {
      const tab = this.tabs.get(place);
      const values = back ? gradient : output;
      if (values) thumbnail(tab.firstChild, values, shape, { ...robustRange(values), ...(back && { signed: true }) });
      const scores = shape.length === 1 && shape[0] === classes.length ? " (the classes)" : "";
      tab.setAttribute("aria-label", `Layer ${place}: ${title}, ${sizes(shape)}${scores}`);
    }
  }

  choose(place) {
    for (const [each, tab] of this.tabs) {
      tab.setAttribute("aria-selected", each === place);
      tab.tabIndex = each === place ? 0 : -1;
    }
  }

  #build(layers) {
    this.tabs.clear();
    for (const { place, kind, shape } of layers) {
      const words = [el("canvas", { class: "thumbnail", "aria-hidden": "true" }), ...caption(kind, shape)];
      this.tabs.set(place, button(words, () => this.open(place), {
        role: "tab", id: `layer-tab-${place}`, "aria-controls": "layer", "aria-selected": false, tabIndex: -1, class: "layer-tab",
      }));
    }
    this.list.replaceChildren(...this.tabs.values());
  }

  #input({ shape, data }) {
    const canvas = el("canvas", { class: "thumbnail", role: "img", "aria-label": "The network's input, normalised" });
    thumbnail(canvas, data, shape, range(data));
    this.start.replaceChildren(canvas, el("figcaption", {}, caption("input", shape)));
  }

  #key(event) {
    const places = [...this.tabs.keys()];
    const at = places.findIndex((place) => this.tabs.get(place) === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: places.length - 1 }[event.key];
    if (to === undefined || !(to in places)) return;
    event.preventDefault();
    this.open(places[to]);
    this.tabs.get(places[to]).focus();
  }
}

const caption = (kind, shape) => [el("span", { class: "layer-kind" }, kind), el("span", { class: "layer-shape" }, sizes(shape))];

const thumbnail = (canvas, ...content) => painted(canvas, () => paintThumbnail(canvas, ...content));

/** As many whole maps as fit, the numbers of a vector in a square, or up to 64 of them as bars. */
function paintThumbnail(canvas, values, shape, scale) {
  const context = sized(canvas, SIDE, SIDE);
  const content = { values, shape, ...scale };
  const [C, H, W] = shape;
  if (shape.length === 3) {
    const times = C === 1 ? cellSize(SIDE, H, W) : 1;
    const columns = Math.max(1, Math.min(Math.ceil(Math.sqrt(C)), Math.floor((SIDE + 1) / (W * times + 1))));
    const size = Math.min(SIDE, W * times);
    context.translate(Math.floor((SIDE - columns * (size + 1) + 1) / 2), 0);
    paintMaps(context, content, { count: Math.min(C, columns ** 2), columns, tile: [Math.round((size * H) / W), size], gap: 1 });
  } else if (C <= 64) {
    const zero = scale.signed ? SIDE / 2 : SIDE;
    paintBars(context, content, { pitch: SIDE / C, wide: Math.max(1, SIDE / C - 1), zero, reach: zero });
  } else {
    const columns = Math.ceil(Math.sqrt(C));
    context.imageSmoothingEnabled = columns > SIDE;
    paintCells(context, content, columns, SIDE);
  }
}
