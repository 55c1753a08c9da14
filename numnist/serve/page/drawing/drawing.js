/** Drawing: the pad, what is drawn on it as a list of steps that can be undone, and the PNG of it that is sent. */

import { el } from "../base/dom.js";
import { painted } from "../base/pictures.js";
import { SIDE, frame, render } from "./render.js";

const NEAR = 0.75; // units: points closer than this to the last one add nothing but jitter
const SENT = { ink: "#000", paper: "#fff" }; // in any theme
const PHOTO_PIXELS = 2; // a unit: paper and ink of a photo have to be told apart

/**
 * A step is one of
 *   {kind: "stroke", points: [[x, y], …], width, erase}   in units of the pad
 *   {kind: "picture", image, ink, width, height}          a picture that replaces the drawing; ink: its alpha is ink
 *   {kind: "clear"}                                       an empty pad
 */
export class Drawing {
  width = 24; // of the brush, in units: a twelfth of the pad matches the training data
  erasing = false;
  #steps = [];
  #done = 0; // of the steps; those after it have been undone
  #stroke = null; // the last step, while it is being drawn
  #listeners = [];
  #frame = 0;

  constructor(canvas) {
    this.canvas = canvas;
    new ResizeObserver(() => this.#redraw()).observe(canvas);
    painted(canvas, () => this.#show()); // at once: a printer waits for no frame
  }

  /** listener({live}) is called after each change; live while a stroke is being drawn. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  begin(point, { erase = this.erasing } = {}) {
    this.finish();
    this.#stroke = { kind: "stroke", points: [point], width: this.width, erase };
    this.#add(this.#stroke);
  }

  extend(points) {
    if (!this.#stroke) return;
    const path = this.#stroke.points;
    const before = path.length;
    for (const [x, y] of points) {
      const [lastX, lastY] = path.at(-1);
      if (Math.hypot(x - lastX, y - lastY) >= NEAR) path.push([x, y]);
    }
    if (path.length > before) this.#changed();
  }

  finish() {
    if (!this.#stroke) return;
    this.#stroke = null;
    this.#changed();
  }

  undo() {
    if (!this.canUndo) return;
    this.finish();
    this.#done -= 1;
    this.#changed();
  }

  redo() {
    if (!this.canRedo) return;
    this.#done += 1;
    this.#changed();
  }

  clear() {
    this.finish();
    if (this.steps.length > 0) this.#add({ kind: "clear" });
  }

  /** Replace the drawing by a picture. ink: its alpha is ink, to be drawn in the ink's colour; facts: kept with it. */
  place(image, { ink = false, ...facts } = {}) {
    this.finish();
    this.#add({ kind: "picture", image, ink, width: image.width, height: image.height, ...facts });
  }

  /** All steps, and how many of them are done: what `restore` takes. */
  get history() {
    return { steps: this.#steps, done: this.#done };
  }

  restore({ steps, done }) {
    this.finish();
    this.#steps = [...steps];
    this.#done = Math.min(done, steps.length);
    this.#changed();
  }

  get canUndo() {
    return this.#done > 0;
  }

  get canRedo() {
    return this.#done < this.#steps.length;
  }

  /** The visible steps: those since the pad was last cleared or filled with a picture. */
  get steps() {
    const done = this.#steps.slice(0, this.#done);
    const steps = done.slice(Math.max(0, done.findLastIndex((step) => step.kind !== "stroke")));
    return steps[0]?.kind === "clear" ? steps.slice(1) : steps;
  }

  /** Whether the pad is without a picture or ink. */
  get blank() {
    return this.steps.every((step) => step.kind === "stroke" && step.erase);
  }

  /**
   * What is sent: a PNG of 280 × 280 pixels, dark ink on white paper.
   *
   * A photo keeps its proportions. A test picture without strokes on it is sent in its own pixels, bit for bit.
   */
  png() {
    const { steps } = this;
    const { left, top, width, height } = frame(steps);
    const scale = pixelsPerUnit(steps, width);
    const canvas = el("canvas", { width: width * scale, height: height * scale });
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, -left * scale, -top * scale);
    render(context, steps, SENT);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  /** A box in pixels of what is sent, [top, left, bottom, right], as shares of the pad's side. */
  onPad([top, left, bottom, right]) {
    const { steps } = this;
    const { left: x, top: y, width } = frame(steps);
    const scale = pixelsPerUnit(steps, width);
    return [y + top / scale, x + left / scale, y + bottom / scale, x + right / scale].map((units) => units / SIDE);
  }

  #add(step) {
    this.#steps.length = this.#done;
    this.#done = this.#steps.push(step);
    this.#changed();
  }

  #changed() {
    this.#redraw();
    for (const listener of this.#listeners) listener({ live: this.#stroke !== null });
  }

  #redraw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  /** On the screen: in the screen's own pixels and the theme's colours. */
  #show() {
    const side = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const style = getComputedStyle(this.canvas);
    const context = this.canvas.getContext("2d");
    context.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
    render(context, this.steps, { ink: style.color, paper: style.backgroundColor });
  }
}

/** Of what is sent. units: the width of the steps' frame. */
function pixelsPerUnit([first, ...strokes], units) {
  if (first?.kind !== "picture") return 1;
  if (!first.ink) return PHOTO_PIXELS;
  return strokes.length ? 1 : first.width / units;
}
