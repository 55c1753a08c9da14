/** The flow: all layers in a row, each as a small picture of what it gives, of which one is open. */

import { el } from "./parts.js";
import { bitmap, css, palette, range, sized, usual } from "./pictures.js";

const SIDE = 60; // pixels of a small picture

export class Flow {
  constructor(open) {
    this.open = open;
    this.start = el("figure", { class: "flow-start" });
    this.list = el("div", { class: "flow-list", role: "tablist", "aria-label": "Layers", onkeydown: (e) => this.#key(e) });
    this.element = el("div", { class: "flow" }, this.start, this.list);
    this.tabs = new Map();
  }

  show({ layers, input, backward, classes }) {
    const places = layers.map((layer) => `${layer.place} ${layer.title}`).join("\n");
    if (places !== this.places) this.#build(layers);
    this.places = places;
    const back = backward !== null && backward !== undefined;
    this.element.classList.toggle("flow-back", back);
    this.#input(input);
    layers.forEach((layer) => {
      const { canvas, tab } = this.tabs.get(layer.place);
      const values = back ? layer.gradient : layer.output;
      if (values) thumbnail(canvas, values, layer.shape, { ...usual(values), ...(back && { signed: true }) });
      const of = layer.shape.length === 1 && layer.shape[0] === classes.length ? " (the classes)" : "";
      tab.setAttribute("aria-label", `Layer ${layer.place}: ${layer.title}, ${sizes(layer.shape)}${of}`);
    });
  }

  choose(place) {
    for (const [each, { tab }] of this.tabs) {
      tab.setAttribute("aria-selected", each === place);
      tab.tabIndex = each === place ? 0 : -1;
    }
  }

  #build(layers) {
    this.tabs.clear();
    for (const { place, kind, shape } of layers) {
      const canvas = el("canvas", { class: "thumbnail", "aria-hidden": "true" });
      const tab = el(
        "button", {
          type: "button", role: "tab", id: `layer-tab-${place}`, "aria-controls": "layer", "aria-selected": false, tabIndex: -1,
          class: "flow-tab", onclick: () => this.open(place),
        },
        canvas, el("span", { class: "flow-kind" }, kind), el("span", { class: "flow-shape" }, sizes(shape)),
      );
      this.tabs.set(place, { tab, canvas });
    }
    this.list.replaceChildren(...[...this.tabs.values()].map(({ tab }) => tab));
  }

  #input({ shape, data }) {
    const canvas = el("canvas", { class: "thumbnail", role: "img", "aria-label": "The picture as the network gets it, normalised" });
    thumbnail(canvas, data, shape, range(data));
    this.start.replaceChildren(canvas, el("figcaption", {}, el("span", { class: "flow-kind" }, "input"), el("span", { class: "flow-shape" }, sizes(shape))));
  }

  #key(event) {
    const places = [...this.tabs.keys()];
    const at = places.findIndex((place) => this.tabs.get(place).tab === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: places.length - 1 }[event.key];
    if (to === undefined || !(to in places)) return;
    event.preventDefault();
    this.open(places[to]);
    this.tabs.get(places[to]).tab.focus();
  }
}

/** A shape as people write it: 32×28×28. */
export function sizes(shape) {
  return shape.join("×");
}

/** As many whole maps as fit, or all numbers of a vector in a square, or bars. */
function thumbnail(canvas, values, shape, { signed, most }) {
  const context = sized(canvas, SIDE, SIDE);
  context.clearRect(0, 0, SIDE, SIDE);
  if (shape.length === 3) return some(context, values, shape, { signed, most });
  if (shape[0] <= 64) return few(context, values, { signed, most });
  const columns = Math.ceil(Math.sqrt(shape[0]));
  const rows = Math.ceil(shape[0] / columns);
  const square = new Float32Array(rows * columns);
  square.set(values);
  context.imageSmoothingEnabled = columns > SIDE;
  context.drawImage(bitmap(square, rows, columns, { signed, most }), 0, 0, SIDE, Math.round((SIDE * rows) / columns));
}

function some(context, values, [C, H, W], scale) {
  const all = bitmap(values, C * H, W, scale);
  const times = C === 1 ? Math.max(1, Math.floor(SIDE / Math.max(H, W))) : 1;
  const columns = Math.max(1, Math.min(Math.ceil(Math.sqrt(C)), Math.floor((SIDE + 1) / (W * times + 1))));
  const size = Math.min(SIDE, W * times);
  const edge = Math.floor((SIDE - columns * (size + 1) + 1) / 2);
  for (let c = 0; c < Math.min(C, columns * columns); c++) {
    const [x, y] = [(c % columns) * (size + 1), Math.floor(c / columns) * (size + 1)];
    context.drawImage(all, 0, c * H, W, H, edge + x, edge + y, size, Math.round((size * H) / W));
  }
}

function few(context, values, { signed, most }) {
  const { plus, minus, ink } = palette();
  const wide = SIDE / values.length;
  const zero = signed ? SIDE / 2 : SIDE;
  values.forEach((value, i) => {
    const tall = Math.max(1, (Math.abs(value) / most) * (signed ? SIDE / 2 : SIDE));
    context.fillStyle = css(signed ? (value < 0 ? minus : plus) : ink);
    context.fillRect(i * wide, value < 0 ? zero : zero - tall, Math.max(1, wide - 1), tall);
  });
}
