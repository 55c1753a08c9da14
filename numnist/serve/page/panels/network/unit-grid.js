/** A sheet: a layer's numbers as maps, cells or bars on one canvas, of which one is chosen by pointer or arrow keys. */

import { el, number } from "./parts.js";
import { bitmap, css, minuses, palette, sized } from "./pictures.js";

const BARS = 64; // at most; more numbers stand as cells
const TALL = 132; // pixels of the bars' field

export class Sheet {
  /**
   * pick(i) is called when the reader chooses one, over(i or null) when the pointer is over one.
   * The element is a canvas that takes the keyboard; `say` words its name from the chosen one.
   */
  constructor({ name, pick, over = () => {}, say = () => "" }) {
    Object.assign(this, { name, pick, over, say });
    this.chosen = null;
    this.canvas = el("canvas", {
      class: "units", tabIndex: 0, role: "application", "aria-roledescription": "sheet of units", "aria-label": name,
      onpointermove: (event) => this.over(this.#at(event)),
      onpointerleave: () => this.over(null),
      onclick: (event) => this.#choose(this.#at(event)),
      onkeydown: (event) => this.#key(event),
    });
    this.element = el("div", { class: "units-frame" }, this.canvas);
    this.width = 0;
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width !== this.width) {
        this.width = width;
        this.draw();
      }
    }).observe(this.element);
  }

  /**
   * values: all numbers in a row;  shape: [C, H, W] for maps, [n] for bars or cells;  columns: of the cells, where
   * they form a picture;  names: of the bars;  signed, most: the scale of the colours.
   */
  show(content) {
    this.content = content;
    this.draw();
  }

  choose(i) {
    this.chosen = i;
    this.draw();
  }

  draw() {
    if (!this.content || !this.width) return;
    this.grid = layout(this.content, this.width);
    const context = sized(this.canvas, this.grid.across, this.grid.down);
    context.clearRect(0, 0, this.grid.across, this.grid.down);
    this.grid.paint(context, this.content, this.grid);
    this.#mark(context);
    const words = this.chosen === null ? "" : `, ${this.say(this.chosen)}`;
    this.canvas.setAttribute("aria-label", `${this.name}${words}. Arrow keys choose.`);
  }

  #mark(context) {
    if (this.chosen === null || this.chosen >= this.grid.n) return;
    const { tile, gap, columns } = this.grid;
    const x = (this.chosen % columns) * (tile[1] + gap);
    const y = Math.floor(this.chosen / columns) * (tile[0] + gap);
    const { accent, paper } = palette();
    for (const [wide, colour] of [[4, paper], [2, accent]]) {
      context.lineWidth = wide;
      context.strokeStyle = css(colour);
      context.strokeRect(x + 1, y + 1, Math.max(tile[1] - 2, 2), Math.max(tile[0] - 2, 2));
    }
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
    this.choose(i);
    this.pick(i);
  }

  #key(event) {
    const { columns, n } = this.grid ?? { columns: 1, n: 0 };
    const from = this.chosen ?? 0;
    const moves = {
      ArrowLeft: from - 1, ArrowRight: from + 1, ArrowUp: from - columns, ArrowDown: from + columns,
      Home: 0, End: n - 1, Enter: from, " ": from,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const to = moves[event.key];
    if (to >= 0 && to < n) this.#choose(to);
  }
}

/** Where everything stands: `n` tiles of [height, width] in `columns`, and how they are painted. */
function layout({ shape, columns, names, cell }, width) {
  if (shape.length === 3) return maps(shape, width);
  if (columns) return cells(shape[0], columns, cell ?? Math.max(2, Math.min(24, Math.floor(width / columns))));
  if (shape[0] <= BARS) return bars(shape[0], names, width);
  const size = shape[0] > 1000 ? 7 : 12;
  return cells(shape[0], Math.floor(width / size), size);
}

function placed(n, columns, tile, gap, paint) {
  const rows = Math.ceil(n / columns);
  return { n, columns, tile, gap, paint, across: columns * (tile[1] + gap) - gap, down: rows * (tile[0] + gap) - gap };
}

function maps([C, H, W], width) {
  const wanted = W >= 20 ? 56 : W >= 10 ? 42 : 28;
  const scale = Math.max(1, Math.min(Math.round(wanted / W), Math.floor(width / W)));
  const gap = 4;
  const columns = Math.max(1, Math.min(C, Math.floor((width + gap) / (W * scale + gap))));
  return placed(C, columns, [H * scale, W * scale], gap, (context, { values, signed, most }) => {
    const all = bitmap(values, C * H, W, { signed, most });
    context.strokeStyle = css(palette().line);
    for (let c = 0; c < C; c++) {
      const x = (c % columns) * (W * scale + gap);
      const y = Math.floor(c / columns) * (H * scale + gap);
      context.drawImage(all, 0, c * H, W, H, x, y, W * scale, H * scale);
      context.strokeRect(x - 0.5, y - 0.5, W * scale + 1, H * scale + 1); // an empty map is seen as one, too
    }
  });
}

function cells(n, columns, size) {
  return placed(n, columns, [size, size], 0, (context, { values, signed, most }) => {
    const rows = Math.ceil(n / columns);
    const padded = new Float32Array(rows * columns);
    padded.set(values);
    context.drawImage(bitmap(padded, rows, columns, { signed, most }), 0, 0, columns * size, rows * size);
    if (signed) minuses(context, values, columns, size);
  });
}

function bars(n, names, width) {
  const gap = n > 24 ? 1 : 4;
  const wide = Math.max(3, Math.min(64, Math.floor((width + gap) / n) - gap));
  return placed(n, n, [TALL + (names ? 20 : 0), wide], gap, (context, content) => paintBars(context, content, wide, gap));
}

function paintBars(context, { values, most, names, signed }, wide, gap) {
  const { plus, minus, ink, line, muted } = palette();
  const space = 15; // for the numbers
  const zero = signed ? TALL / 2 : TALL - space;
  const reach = (signed ? TALL / 2 : TALL - space) - space;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  for (let i = 0; i < values.length; i++) {
    const x = i * (wide + gap);
    const tall = Math.max(1, Math.round((Math.abs(values[i]) / most) * reach));
    const below = values[i] < 0;
    context.fillStyle = css(signed ? (below ? minus : plus) : ink);
    context.fillRect(x, below ? zero : zero - tall, wide, tall);
    context.fillStyle = css(muted);
    if (wide >= 26) context.fillText(number(values[i], 2), x + wide / 2, below ? zero + tall + 12 : zero - tall - 4);
    if (names) context.fillText(short(names[i], wide), x + wide / 2, TALL + 14);
  }
  context.fillStyle = css(line);
  context.fillRect(0, zero, values.length * (wide + gap), 1);
}

/** As much of a name as fits under a bar. */
function short(name, wide) {
  const letters = Math.max(1, Math.floor(wide / 6.5));
  return name.length <= letters ? name : `${name.slice(0, Math.max(1, letters - 1))}…`;
}
