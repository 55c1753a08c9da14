/** Layer tabs: blocks or layers in a row, each with a thumbnail of its output, one of them open. */

import { range, robustRange } from "../../base/arrays.js";
import { button, el } from "../../base/dom.js";
import { sizes } from "../../base/format.js";
import { say } from "../../base/words.js";
import { cellSize, paintBars, paintCells, paintMaps, painted, sized } from "../../base/pictures.js";

const SIDE = 60; // pixels of a thumbnail

export class LayerTabs {
  /** open(id): a tab was chosen;  label: what they are;  prefix: of the tabs' ids;  panel: the id of what they open;  name: the class of the row. */
  constructor({ open, label, prefix, panel, name }) {
    Object.assign(this, { open, prefix, panel });
    this.start = el("figure", { class: "layer-start", hidden: true });
    this.list = el("div", { class: "layer-tablist", role: "tablist", "aria-label": label, onkeydown: (e) => this.#key(e) });
    this.element = el("div", { class: name }, this.start, this.list);
    this.tabs = new Map();
  }

  /** items: {id, kind, title, shape, values} of each tab;  back: the values are gradients. */
  show(items, back) {
    const names = items.map(({ id, title }) => `${id} ${title}`).join("\n");
    if (names !== this.names) this.#build(items);
    this.names = names;
    this.element.classList.toggle("backward", back);
    for (const { id, title, shape, values } of items) {
      const tab = this.tabs.get(id);
      if (values) thumbnail(tab.firstChild, values, shape, { ...robustRange(values), ...(back && { signed: true }) });
      tab.setAttribute("aria-label", `${title}, ${sizes(shape)}`);
    }
  }

  choose(id) {
    for (const [each, tab] of this.tabs) {
      tab.setAttribute("aria-selected", each === id);
      tab.tabIndex = each === id ? 0 : -1;
    }
  }

  /** The network's input before the first tab. */
  input({ shape, data }) {
    const canvas = el("canvas", { class: "thumbnail", role: "img", "aria-label": say("network.input.name") });
    thumbnail(canvas, data, shape, range(data));
    this.start.replaceChildren(canvas, el("figcaption", {}, caption(say("network.input"), shape)));
    this.start.hidden = false;
  }

  #build(items) {
    this.tabs.clear();
    for (const { id, kind, shape } of items) {
      const words = [el("canvas", { class: "thumbnail", "aria-hidden": "true" }), ...caption(kind, shape)];
      this.tabs.set(id, button(words, () => this.open(id), {
        role: "tab", id: `${this.prefix}-${id}`, "aria-controls": this.panel, "aria-selected": false, tabIndex: -1, class: "layer-tab",
      }));
    }
    this.list.replaceChildren(...this.tabs.values());
  }

  #key(event) {
    const ids = [...this.tabs.keys()];
    const at = ids.findIndex((id) => this.tabs.get(id) === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: ids.length - 1 }[event.key];
    if (to === undefined || !(to in ids)) return;
    event.preventDefault();
    this.open(ids[to]);
    this.tabs.get(ids[to]).focus();
  }
}

const short = (kind) => kind.replace(say("network.long"), say("network.short")); // ten tabs fit in a row
const caption = (kind, shape) => [el("span", { class: "layer-kind" }, short(kind)), el("span", { class: "layer-shape" }, sizes(shape))];

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
