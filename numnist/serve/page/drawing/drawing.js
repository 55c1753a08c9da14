/** Drawing: the sheet, what is on it, and the PNG of it that the server reads. */

import { onColours } from "./panels/pictures.js";
import { frame, render } from "./brush.js";
import { History, isBlank, SIDE } from "./strokes.js";

const NEAR = 0.75; // units: points closer than this to the last add nothing but jitter
const SENT = { ink: "#000", paper: "#fff" }; // whatever the theme
const FINER = 2; // pixels a unit of a photo, whose paper has to be told from its ink

export class Drawing {
  width = 24; // of the brush, in units: a twelfth of the sheet suits what the networks learned from
  erasing = false;
  #history = new History();
  #stroke = null; // the one being drawn
  #listeners = [];
  #frame = 0;

  constructor(canvas) {
    this.canvas = canvas;
    new ResizeObserver(() => this.#soon()).observe(canvas);
    onColours(() => this.#soon());
  }

  /** listener({live}) is called after each change; live while a stroke is still being drawn. */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  begin(point, { erase = this.erasing } = {}) {
    this.finish();
    this.#stroke = { kind: "stroke", points: [point], width: this.width, erase };
    this.#changed(true);
  }

  extend(points) {
    if (!this.#stroke) return;
    const along = this.#stroke.points;
    const before = along.length;
    for (const [x, y] of points) {
      const [lastX, lastY] = along.at(-1);
      if (Math.hypot(x - lastX, y - lastY) >= NEAR) along.push([x, y]);
    }
    if (along.length > before) this.#changed(true);
  }

  finish() {
    if (!this.#stroke) return;
    this.#history.add(this.#stroke);
    this.#stroke = null;
    this.#changed();
  }

  undo() {
    this.finish();
    return this.#history.undo() && this.#changed();
  }

  redo() {
    return !this.#stroke && this.#history.redo() && this.#changed();
  }

  clear() {
    this.finish();
    if (this.steps.length === 0) return;
    this.#history.add({ kind: "clear" });
    this.#changed();
  }

  /** Replace the sheet by a picture. ink: its alpha is ink, to be drawn in the ink's colour; facts: kept with it. */
  place(image, { ink = false, ...facts } = {}) {
    this.finish();
    this.#history.add({ kind: "picture", image, ink, width: image.width, height: image.height, ...facts });
    this.#changed();
  }

  get drawing() {
    return this.#stroke !== null;
  }

  get canUndo() {
    return this.#history.canUndo || this.drawing;
  }

  get canRedo() {
    return this.#history.canRedo && !this.drawing;
  }

  get steps() {
    return this.#stroke ? [...this.#history.shown, this.#stroke] : this.#history.shown;
  }

  get blank() {
    return isBlank(this.steps);
  }

  /**
   * The sheet as it is sent: a PNG of 280 × 280 pixels, dark ink on white paper.
   *
   * A photo keeps its proportions. A test picture that nobody has drawn on is sent in its own pixels, to the bit.
   */
  png() {
    const { steps } = this;
    const { left, top, width, height } = frame(steps);
    const finer = resolution(steps, width);
    const canvas = document.createElement("canvas");
    canvas.width = width * finer;
    canvas.height = height * finer;
    const context = canvas.getContext("2d");
    context.setTransform(finer, 0, 0, finer, -left * finer, -top * finer);
    render(context, steps, SENT);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #changed(live = false) {
    this.#soon();
    for (const listener of this.#listeners) listener({ live });
    return true;
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#show());
  }

  /** On the screen: in its own pixels and the theme's colours. */
  #show() {
    const side = Math.max(1, Math.round(this.canvas.clientWidth * devicePixelRatio));
    if (this.canvas.width !== side) this.canvas.width = this.canvas.height = side;
    const style = getComputedStyle(this.canvas);
    const context = this.canvas.getContext("2d");
    context.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
    render(context, this.steps, { ink: style.color, paper: style.backgroundColor });
  }
}

/** Pixels a unit in what is sent of steps that fill so many units. */
function resolution([first, ...drawnOn], units) {
  if (first?.kind !== "picture") return 1;
  if (!first.ink) return FINER;
  return drawnOn.length ? 1 : first.width / units;
}
