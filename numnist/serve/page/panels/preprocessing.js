/** Preprocessing: the network's input with the value of each pixel, and every step from the drawing to it. */

import { clamp, unpack } from "../base/arrays.js";
import { ARROWS, el, note } from "../base/dom.js";
import { paint } from "../base/pictures.js";
import { say, serverWords } from "../base/words.js";

const AROUND = 2; // pixels to each side in the lens
const ACROSS = 2 * AROUND + 1;

/** The input with a lens: pointer or arrow keys choose a pixel, and the lens shows the values around it. */
export function networkInput(root, app) {
  const canvas = el("canvas", {
    class: "input", tabIndex: 0, role: "application", ariaRoleDescription: say("input.picture"),
    "aria-label": say("input.name"),
    onpointerdown: point, onpointermove: point, onkeydown: step,
  });
  const box = el("span", { class: "pixel" });
  const value = el("p", { class: "pixel-value" });
  const cells = Array.from({ length: ACROSS ** 2 }, () => el("span"));
  root.append(
    el("div", { class: "input-frame" }, canvas, box),
    el(
      "div", { class: "lens-side" }, el("div", { class: "lens", ariaHidden: "true" }, cells), value,
      note(say("input.point")),
    ),
  );
  let picture = null; // {shape, data}
  let at = null; // [column, row] of the chosen pixel, at first the middle

  const size = () => picture.shape.slice(-2).reverse(); // [width, height]

  function valueAt(column, row) {
    const [width, height] = size();
    if (row < 0 || column < 0 || row >= height || column >= width) return null;
    const planes = picture.shape.length === 3 ? picture.shape[0] : 1;
    return Array.from({ length: planes }, (_, c) => picture.data[(c * height + row) * width + column]).join(", ");
  }

  function choose(place) {
    const [width, height] = size();
    const [column, row] = (at = place.map((i, axis) => clamp(Math.floor(i), 0, size()[axis] - 1)));
    Object.assign(box.style, { width: `${100 / width}%`, height: `${100 / height}%` });
    Object.assign(box.style, { left: `${(100 * column) / width}%`, top: `${(100 * row) / height}%` });
    cells.forEach((cell, i) => {
      const there = valueAt(column - AROUND + (i % ACROSS), row - AROUND + Math.floor(i / ACROSS));
      cell.textContent = there ?? "";
      cell.classList.toggle("outside", there === null);
      cell.style.setProperty("--share", there === null ? 0 : Math.min(1, parseFloat(there) / 255));
      cell.classList.toggle("light", parseFloat(there) > 115);
    });
    value.textContent = say("input.pixel", { row: row + 1, column: column + 1, value: valueAt(column, row) });
  }

  function point(event) {
    if (!picture) return;
    const rect = canvas.getBoundingClientRect();
    const [width, height] = size();
    choose([((event.clientX - rect.left) / rect.width) * width, ((event.clientY - rect.top) / rect.height) * height]);
  }

  function step(event) {
    const move = ARROWS[event.key];
    if (!move || !picture) return;
    event.preventDefault();
    choose(at.map((i, axis) => i + move[axis]));
    app.announce(value.textContent, "pixel");
  }

  app.on("answer", (answer) => {
    picture = unpack(answer.picture);
    paint(canvas, picture);
    choose(at ?? size().map((n) => n >> 1));
  });
}

/** Each preprocessing step: the picture after it, what it does, and a switch to leave it out. */
export function steps(root, app) {
  const list = el("ol", { class: "steps" });
  root.append(list);
  let parts = [];

  function part(step) {
    const { name, switch: switchable } = step;
    const title = serverWords(step, "title");
    const canvas = el("canvas", { class: "step-picture", role: "img", "aria-label": say("input.after", { step: title }) });
    const sentence = note();
    const box = switchable ? el("input", { type: "checkbox", role: "switch", onchange: turn }) : null;
    const words = el("span", { "data-off": say("off.mark") }, title);
    const item = el("li", {}, canvas, el("h4", {}, el(box ? "label" : "span", { class: "switch" }, box, words)), sentence);
    return { name, item, canvas, sentence, box };
  }

  function turn() {
    app.set("off", new Set(parts.filter(({ box }) => box?.checked === false).map(({ name }) => name)));
  }

  app.on("answer", ({ preparation: { steps: given } }) => {
    const names = (steps) => String(steps.map(({ name }) => name));
    if (names(given) !== names(parts)) {
      parts = given.map(part);
      list.replaceChildren(...parts.map(({ item }) => item));
    }
    given.forEach((step, i) => {
      const [part, { on, picture }] = [parts[i], step];
      paint(part.canvas, unpack(picture));
      part.sentence.textContent = serverWords(step);
      part.item.classList.toggle("off", !on);
      if (part.box) part.box.checked = on;
    });
  });
}
