/** Pictures: arrays of numbers as exact pixels, and the theme's colours that they are painted in. */

import { range } from "./arrays.js";
import { el, spoken } from "./dom.js";
import { number, signed as withSign } from "./format.js";
import { say } from "./words.js";

const MARKED = 3; // screen pixels of a cell from which a negative one also carries a minus
const COLOURS = { // in pictures, by their names in page.css, which writes them as #rrggbb
  paper: "--paper", ink: "--ink", plus: "--plus", minus: "--minus-fill", accent: "--accent", line: "--line", muted: "--muted",
};

/** The theme's colours by name, each as [red, green, blue, 255]. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const channels = (hex) => [...hex.matchAll(/[0-9a-f]{2}/gi)].map(([digits]) => parseInt(digits, 16));
  return Object.fromEntries(Object.entries(COLOURS).map(([name, colour]) => [name, [...channels(style.getPropertyValue(colour)), 255]]));
}

export const css = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;

const painters = new WeakMap(); // canvas -> paints it

/** Paint a canvas now, and again when the theme changes. */
export function painted(canvas, paint) {
  painters.set(canvas, paint);
  paint();
  return canvas;
}

/** From now on, every canvas is painted again when the system changes between light and dark, and for a printer. */
export function followTheme() {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", () => {
      for (const canvas of document.querySelectorAll("canvas")) painters.get(canvas)?.();
    });
  }
}

/** A canvas that is not on the page, one pixel a value.  channel(i, c): of pixel i, c = 0..3 for red, green, blue, alpha. */
export function pixels(height, width, channel) {
  const canvas = el("canvas", { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 4; c++) image.data[4 * i + c] = channel(i, c);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Values as pixels from the paper's colour at 0 to the ink's at `most`; signed values diverge from it in two colours. */
export function bitmap(values, height, width, { signed = false, most = 1 } = {}) {
  const { paper, ink, plus, minus } = palette();
  return pixels(height, width, (i, c) => {
    const value = signed ? values[i] : Math.max(0, values[i]);
    const end = !signed ? ink : value < 0 ? minus : plus;
    return paper[c] + (end[c] - paper[c]) * Math.min(1, Math.abs(value) / most);
  });
}

export const isColour = (shape) => shape.length === 3 && shape[0] === 3;

/** Pixels of (3, H, W) levels in their own colours, of (H, W) or (1, H, W) in grey, from 0, black, to 255, white. */
export function levels({ shape, data }) {
  const [height, width] = shape.slice(-2);
  const plane = isColour(shape) ? height * width : 0;
  return pixels(height, width, (i, c) => (c === 3 ? 255 : data[c * plane + i]));
}

/** Paint such levels on a canvas, one pixel a value; CSS sets the size. */
export function paint(canvas, array) {
  const small = levels(array);
  Object.assign(canvas, { width: small.width, height: small.height });
  canvas.getContext("2d").drawImage(small, 0, 0);
}

/** Size a canvas in the screen's own pixels, so that nothing is blurred. Returns its context, which counts CSS pixels. */
export function sized(canvas, width, height) {
  const ratio = Math.max(1, Math.round(devicePixelRatio));
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

/** A small minus in each negative cell, so that the sign shows without the colour.  left, top: of the first cell */
function minuses(context, values, columns, cell, left = 0, top = 0) {
  if (cell < MARKED) return;
  const long = Math.max(1, Math.round(cell / 2.6));
  const thick = Math.max(1, Math.round(cell / 12));
  context.beginPath();
  values.forEach((value, i) => {
    if (value >= 0) return;
    const x = left + (i % columns) * cell + (cell - long) / 2;
    const y = top + Math.floor(i / columns) * cell + (cell - thick) / 2;
    context.rect(Math.round(x), Math.round(y), long, thick);
  });
  context.fillStyle = css(palette().paper);
  context.fill();
}

/** Screen pixels a cell with which a picture fits into a square. */
export const cellSize = (side, height, width) => Math.max(1, Math.floor(side / Math.max(height, width)));

/** (height, width) values as a labelled picture. `signed` and `most` set the scale, by default that of the values. */
export function picture(values, height, width, { label, cell = 4, ...given }) {
  const scale = { ...range(values), ...given };
  return enlarged(() => bitmap(values, height, width, scale), cell, label, (context) => {
    if (scale.signed) minuses(context, values, width, cell);
  });
}

/** uint8 levels as a labelled picture: (H, W) as ink, (3, H, W) in its own colours. */
export function photograph(array, { label, cell = 4 }) {
  const ink = () => bitmap(array.data, ...array.shape.slice(-2), { most: 255 });
  return enlarged(isColour(array.shape) ? () => levels(array) : ink, cell, label);
}

/** source(): the pixels;  finish(context): adds to them. */
function enlarged(source, cell, label, finish = () => {}) {
  const canvas = el("canvas", { class: "picture", role: "img", "aria-label": label });
  return painted(canvas, () => {
    const small = source();
    const [width, height] = [small.width * cell, small.height * cell];
    const context = sized(canvas, width, height);
    context.drawImage(small, 0, 0, width, height);
    finish(context);
  });
}

/** The same picture with a frame around a part of it: [top, left, bottom, right] in its pixels, which are `cell` wide. */
export function framed(canvas, [top, left, bottom, right], cell) {
  const plain = painters.get(canvas);
  return painted(canvas, () => {
    plain();
    outline(canvas.getContext("2d"), left * cell, top * cell, (right - left) * cell, (bottom - top) * cell);
  });
}

/** A frame that shows on light and on dark. */
export function outline(context, x, y, width, height) {
  const { accent, paper } = palette();
  for (const [wide, colour] of [[4, paper], [2, accent]]) {
    context.lineWidth = wide;
    context.strokeStyle = css(colour);
    context.strokeRect(x + 1, y + 1, Math.max(width - 2, 2), Math.max(height - 2, 2));
  }
}

/** `count` maps of [C, H, W] values, each in a tile of [height, width], in `columns` that are `gap` apart. */
export function paintMaps(context, { values, shape: [C, H, W], signed, most }, { count = C, columns, tile, gap }, outline = null) {
  const all = bitmap(values, C * H, W, { signed, most });
  const [height, width] = tile;
  for (let c = 0; c < count; c++) {
    const [x, y] = [(c % columns) * (width + gap), Math.floor(c / columns) * (height + gap)];
    context.drawImage(all, 0, c * H, W, H, x, y, width, height);
    if (signed) minuses(context, values.subarray(c * H * W, (c + 1) * H * W), W, width / W, x, y);
    if (outline) outline(x, y);
  }
}

/** A vector's numbers as cells in rows of `columns`; across: the width of a row. */
export function paintCells(context, { values, signed, most }, columns, across) {
  const rows = Math.ceil(values.length / columns);
  const padded = new Float32Array(rows * columns);
  padded.set(values);
  context.drawImage(bitmap(padded, rows, columns, { signed, most }), 0, 0, across, Math.round((across * rows) / columns));
  if (signed) minuses(context, values, columns, across / columns);
}

/** A bar for each number, `pitch` apart and `reach` high at `most`; label(value, i, middle, end of its bar) adds to it. */
export function paintBars(context, { values, signed, most }, { pitch, wide, zero, reach }, label = () => {}) {
  const { plus, minus, ink } = palette();
  values.forEach((value, i) => {
    const tall = Math.max(1, (Math.abs(value) / most) * reach);
    context.fillStyle = css(!signed ? ink : value < 0 ? minus : plus);
    context.fillRect(i * pitch, value < 0 ? zero : zero - tall, wide, tall);
    label(value, i, i * pitch + wide / 2, value < 0 ? zero + tall : zero - tall);
  });
}

/** What the colours mean: a ramp with a number at each end, signed where values have two signs. */
export function legend({ signed, most, clipped = false }, what) {
  const bar = el("span", { class: signed ? "ramp ramp-signed" : "ramp" });
  const [least, greatest] = signed ? [withSign(-most), withSign(most)] : ["0", number(most)];
  const low = clipped && signed ? `≤ ${least}` : least;
  const high = clipped ? `≥ ${greatest}` : greatest;
  return el(
    "p", { class: "legend" }, spoken(say(signed ? "legend.signed" : "legend.plain", { what, least: low, most: high })),
    el("span", { class: "legend-ends", "aria-hidden": "true" }, el("span", {}, what), low, bar, high),
  );
}
