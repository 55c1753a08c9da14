/** Unit grid: a layer's numbers as maps, cells or bars on one canvas; pointer or arrow keys choose one of them. */

import { ARROWS, el } from "../../base/dom.js";
import { number } from "../../base/format.js";
import { say } from "../../base/words.js";
import { css, outline, paintBars, paintCells, paintMaps, painted, palette, sized } from "../../base/pictures.js";

const BARS = 64; // at most; more numbers are shown as cells
const TALL = 132; // pixels of the bars' field
const SPACE = 15; // pixels for a bar's number

export class UnitGrid {
  /**
   * choose(i): called when the user chooses one;  describe(i): one in words;  hint: what the readout says without one.
   * The element is a canvas that takes the keyboard, named after the chosen one; the readout is a line about the one
   * under the pointer, or the chosen one.
   */
  constructor({ name = "", choose, describe, hint = "" }) {
    Object.assign(this, { name, choose, describe, hint, chosen: null });
    this.canvas = el("canvas", {
      class: "units", tabIndex: 0, role: "application", "aria-roledescription": say("layer.grid"), "aria-label": name,
      onpointermove: (event) => this.#read(this.#at(event)),
      onpointerleave: () => this.#read(null),
      onclick: (event) => this.#choose(this.#at(event)),
      onkeydown: (event) => this.#key(event),
    });
    this.element = el("div", { class: "units-frame" }, this.canvas);
    this.readout = el("p", { class: "readout", "aria-hidden": "true" });
    painted(this.canvas, () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /**
   * values: all numbers in a row;  shape: [C, H, W] for maps, [n] for bars or cells;  columns: of the cells, if
   * they form a picture;  names: of the bars;  signed, most: the scale of the colours.
   */
  show(content) {
    this.content = content;
    this.draw();
  }

  mark(i) {
    this.chosen = i;
    this.draw();
  }

  draw() {
    const width = Math.floor(this.element.getBoundingClientRect().width);
    if (!this.content || !width) return;
    this.grid = layout(this.content, width);
    const { across, down, paint } = this.grid;
    const context = sized(this.canvas, across, down);
    context.clearRect(0, 0, across, down);
    paint(context, this.content);
    this.#outline(context);
    const words = this.chosen === null ? "" : `, ${this.describe(this.chosen)}`;
    this.canvas.setAttribute("aria-label", say("layer.choose", { name: `${this.name}${words}` }));
    this.#read(null);
  }

  #read(i) {
    const shown = i ?? this.chosen;
    this.readout.textContent = shown === null ? this.hint : this.describe(shown);
  }

  #outline(context) {
    if (this.chosen === null || this.chosen >= this.grid.n) return;
    const { tile: [height, width], gap, columns } = this.grid;
    const [x, y] = [(this.chosen % columns) * (width + gap), Math.floor(this.chosen / columns) * (height + gap)];
    outline(context, x, y, width, height);
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect();
    const { tile, gap, columns, n } = this.grid;
    const column = Math.floor((event.clientX - box.left) / (tile[1] + gap));
    const row = Math.floor((event.clientY - box.top) / (tile[0] + gap));
    const i = row * columns + column;
    return column >= 0 && column < columns && row >= 0 && i < n ? i : null;
  }

  #choose(i) {
    if (i === null) return;
    this.mark(i);
    this.choose(i);
  }

  #key(event) {
    const { columns, n } = this.grid;
    const from = this.chosen ?? 0;
    const [right, below] = ARROWS[event.key] ?? [0, 0];
    const to = { Home: 0, End: n - 1 }[event.key] ?? from + right + below * columns;
    if (!(event.key in ARROWS) && !["Home", "End", "Enter", " "].includes(event.key)) return;
    event.preventDefault();
    if (to >= 0 && to < n) this.#choose(to);
  }
}

/** `n` tiles of [height, width] in `columns`, the size of all of them, and paint(context, content). */
function layout({ shape, columns, names, cell }, width) {
  if (shape.length === 3) return maps(shape, width);
  if (columns) return cells(shape[0], columns, cell);
  if (shape[0] <= BARS) return bars(shape[0], names, width);
  const size = shape[0] > 1000 ? 7 : 12;
  return cells(shape[0], Math.floor(width / size), size);
}

function placed(n, columns, tile, gap, paint) {
  const rows = Math.ceil(n / columns);
  return { n, columns, tile, gap, paint, across: columns * (tile[1] + gap) - gap, down: rows * (tile[0] + gap) - gap };
}

function maps(shape, width) {
  const [C, H, W] = shape;
  const wanted = W >= 20 ? 56 : W >= 10 ? 42 : 28;
  const scale = Math.max(1, Math.min(Math.round(wanted / W), Math.floor(width / W)));
  const gap = 4;
  const [tall, wide] = [H * scale, W * scale];
  const columns = Math.max(1, Math.min(C, Math.floor((width + gap) / (wide + gap))));
  const grid = placed(C, columns, [tall, wide], gap, (context, content) => {
    context.strokeStyle = css(palette().line);
    paintMaps(context, content, grid, (x, y) => context.strokeRect(x - 0.5, y - 0.5, wide + 1, tall + 1)); // shows empty maps, too
  });
  return grid;
}

function cells(n, columns, size) {
  return placed(n, columns, [size, size], 0, (context, content) => paintCells(context, content, columns, columns * size));
}

function bars(n, names, width) {
  const gap = n > 24 ? 1 : 4;
  const wide = Math.max(3, Math.min(64, Math.floor((width + gap) / n) - gap));
  const pitch = wide + gap;
  return placed(n, n, [TALL + (names ? 20 : 0), wide], gap, (context, content) => {
    const { line, muted } = palette();
    const zero = content.signed ? TALL / 2 : TALL - SPACE;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    paintBars(context, content, { pitch, wide, zero, reach: zero - SPACE }, (value, i, middle, end) => {
      context.fillStyle = css(muted);
      if (wide >= 26) context.fillText(number(value, 2), middle, value < 0 ? end + 12 : end - 4);
      if (names) context.fillText(shortened(names[i], wide), middle, TALL + 14);
    });
    context.fillStyle = css(line);
    context.fillRect(0, zero, n * pitch, 1);
  });
}

/** As much of a name as fits under a bar. */
function shortened(name, wide) {
  const letters = Math.max(1, Math.floor(wide / 6.5));
  return name.length <= letters ? name : `${name.slice(0, Math.max(1, letters - 1))}…`;
}
