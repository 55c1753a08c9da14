/** Pictures: arrays of numbers as exact pixels, in the page's colours, light and dark. */

import { el, number, signed as withSign } from "./parts.js";

const USUAL = 0.998; // of many numbers that the scale takes in
const MARKED = 7; // pixels of the screen from which a negative cell also carries a minus

/** The colours of the moment as [red, green, blue]: of nothing, of much, of more than 0, of less. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const named = (name, otherwise) => rgb(style.getPropertyValue(name).trim() || otherwise);
  return {
    paper: named("--paper", "#fff"),
    ink: named("--ink", "#191d23"),
    plus: named("--plus", "#1d6fb8"),
    minus: named("--minus", "#c5430d"),
    accent: named("--accent", "#1d6fb8"),
    line: named("--line", "#e1e4e8"),
    muted: named("--muted", "#5f6975"),
  };
}

const known = new Map();

function rgb(colour) {
  if (!known.has(colour)) {
    const one = el("canvas", { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
    one.fillStyle = colour;
    one.fillRect(0, 0, 1, 1);
    known.set(colour, [...one.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
  }
  return known.get(colour);
}

export const css = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;

/** Call the listener whenever the colours change, by the system's setting or the page's own switch. */
export function onColours(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
  const html = document.documentElement;
  new MutationObserver(listener).observe(html, { attributes: true, attributeFilter: ["data-theme", "class"] });
}

/** The largest size of a number, and whether there are negative ones. */
export function range(values) {
  let least = 0;
  let most = 0;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { most: Math.max(most, -least) || 1, signed: least < 0 };
}

/** The same for very many numbers, of which a few are far out: those few are shown as `most`, and `clipped` says so. */
export function usual(values) {
  const own = range(values);
  if (values.length < 1000) return own;
  const sizes = Float32Array.from(values, Math.abs).sort();
  const most = sizes[Math.floor(sizes.length * USUAL)];
  return most > 0 ? { ...own, most, clipped: most < own.most } : own;
}

/** A picture of the values on an invisible canvas, one pixel each; signed ones diverge from the paper's colour. */
export function bitmap(values, height, width, { signed = false, most = 1 } = {}) {
  const { paper, ink, plus, minus } = palette();
  const canvas = el("canvas", { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const value = values[i];
    const share = Math.min(1, Math.abs(value) / most);
    const end = signed ? (value < 0 ? minus : plus) : ink;
    const filled = !signed && value < 0 ? 0 : share;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = paper[c] + (end[c] - paper[c]) * filled;
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Size a canvas in the screen's own pixels, so that nothing is blurred. Answers its context in CSS pixels. */
export function sized(canvas, width, height) {
  const ratio = Math.max(1, Math.round(devicePixelRatio));
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

/** A small minus in each negative cell: the sign can be seen without the colour. */
export function minuses(context, values, columns, cell, left = 0, top = 0) {
  if (cell < MARKED) return;
  const { paper } = palette();
  context.fillStyle = css(paper);
  const long = Math.max(3, Math.round(cell / 2.6));
  const thick = Math.max(1, Math.round(cell / 12));
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= 0) continue;
    const x = left + (i % columns) * cell + (cell - long) / 2;
    const y = top + Math.floor(i / columns) * cell + (cell - thick) / 2;
    context.fillRect(Math.round(x), Math.round(y), long, thick);
  }
}

/** A picture of (height, width) values that says what it shows. `most` sets the scale, the values' own by default. */
export function picture(values, height, width, { label, cell = 4, signed, most, colour = null, class: className = "" } = {}) {
  const own = range(values);
  const scale = { signed: signed ?? own.signed, most: most ?? own.most };
  const canvas = el("canvas", { class: `picture ${className}`, role: "img", "aria-label": label });
  const context = sized(canvas, width * cell, height * cell);
  const pixels = colour ? coloured(colour, height, width) : bitmap(values, height, width, scale);
  context.drawImage(pixels, 0, 0, width * cell, height * cell);
  if (scale.signed) minuses(context, values, width, cell);
  return canvas;
}

/** A packed uint8 picture, (H, W) as ink or (3, H, W) in its own colours. */
export function photograph({ shape, data }, { label, cell = 4 } = {}) {
  const [height, width] = shape.slice(-2);
  const colour = shape.length === 3 && shape[0] === 3 ? data : null;
  return picture(colour ? data.subarray(0, height * width) : data, height, width, { label, cell, signed: false, most: 255, colour });
}

function coloured(data, height, width) {
  const canvas = el("canvas", { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = data[c * height * width + i];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** What the colours mean: a ramp with its ends in numbers, and signs where there are two sides. */
export function legend({ signed, most, clipped = false }, what) {
  const bar = el("span", { class: signed ? "ramp ramp-signed" : "ramp", "aria-hidden": "true" });
  const [less, more] = clipped ? ["≤ ", "≥ "] : ["", ""];
  const ends = signed ? [less + withSign(-most), "0", more + withSign(most)] : ["0", more + number(most)];
  const words = signed ? `${what}: from ${ends[0]} over 0 to ${ends[2]}` : `${what}: from 0 to ${ends[1]}`;
  return el(
    "p", { class: "legend" },
    el("span", { class: "hidden-words" }, words),
    el("span", { class: "legend-ends", "aria-hidden": "true" }, el("span", {}, what), ends[0], bar, signed ? [ends[2]] : ends[1]),
  );
}
