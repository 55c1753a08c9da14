/** Layer tabs: all layers in a row, each with a thumbnail of its output, one of them open. */

import { range, robustRange } from "../../base/arrays.js";
import { css, palette } from "../../base/colours.js";
import { el } from "../../base/dom.js";
import { sizes } from "../../base/format.js";
import { bitmap, sized } from "../../base/pictures.js";

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
      const { canvas, tab } = this.tabs.get(place);
      const values = back ? gradient : output;
      if (values) thumbnail(canvas, values, shape, { ...robustRange(values), ...(back && { signed: true }) });
      const scores = shape.length === 1 && shape[0] === classes.length ? " (the classes)" : "";
      tab.setAttribute("aria-label", `Layer ${place}: ${title}, ${sizes(shape)}${scores}`);
    }
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
          class: "layer-tab", onclick: () => this.open(place),
        },
        canvas, ...caption(kind, shape),
      );
      this.tabs.set(place, { tab, canvas });
    }
    this.list.replaceChildren(...[...this.tabs.values()].map(({ tab }) => tab));
  }

  #input({ shape, data }) {
    const canvas = el("canvas", { class: "thumbnail", role: "img", "aria-label": "The network's input, normalised" });
    thumbnail(canvas, data, shape, range(data));
    this.start.replaceChildren(canvas, el("figcaption", {}, caption("input", shape)));
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

const caption = (kind, shape) => [el("span", { class: "layer-kind" }, kind), el("span", { class: "layer-shape" }, sizes(shape))];

/** As many whole maps as fit, the numbers of a vector in a square, or up to 64 of them as bars. */
function thumbnail(canvas, values, shape, scale) {
  const context = sized(canvas, SIDE, SIDE);
  context.clearRect(0, 0, SIDE, SIDE);
  if (shape.length === 3) return maps(context, values, shape, scale);
  if (shape[0] <= 64) return bars(context, values, scale);
  const columns = Math.ceil(Math.sqrt(shape[0]));
  const rows = Math.ceil(shape[0] / columns);
  const square = new Float32Array(rows * columns);
  square.set(values);
  context.imageSmoothingEnabled = columns > SIDE;
  context.drawImage(bitmap(square, rows, columns, scale), 0, 0, SIDE, Math.round((SIDE * rows) / columns));
}

function maps(context, values, [C, H, W], scale) {
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

function bars(context, values, { signed, most }) {
  const { plus, minus, ink } = palette();
  const wide = SIDE / values.length;
  const zero = signed ? SIDE / 2 : SIDE;
  values.forEach((value, i) => {
    const tall = Math.max(1, (Math.abs(value) / most) * zero);
    context.fillStyle = css(!signed ? ink : value < 0 ? minus : plus);
    context.fillRect(i * wide, value < 0 ? zero : zero - tall, Math.max(1, wide - 1), tall);
  });
}
