/** Seen: the picture that the network is given, each pixel's value, and every step that led to it. */

import { paint, unpack } from "./arrays.js";
import { el } from "./panels/parts.js";

const AROUND = 2; // pixels to each side in the lens

/** The picture with a reading glass: pointer or arrow keys choose a pixel, whose neighbourhood stands beside it in numbers. */
export function seen(root, app) {
  const canvas = el("canvas", {
    class: "seen", tabIndex: 0, role: "application", ariaRoleDescription: "picture",
    "aria-label": "What the network sees. Arrow keys read its pixels.",
  });
  const box = el("span", { class: "pixel" });
  const reading = el("p", { class: "reading-value" });
  const cells = Array.from({ length: (2 * AROUND + 1) ** 2 }, () => el("span"));
  const lens = el("div", { class: "lens", ariaHidden: "true" }, ...cells);
  const note = el(
    "p", { class: "note" },
    "Point at a pixel, or use the arrow keys. 0 is black, the empty paper; 255 is white, full ink.",
  );
  root.append(el("div", { class: "seen-frame" }, canvas, box), el("div", { class: "glass" }, lens, reading, note));
  let picture = null; // {shape, data}
  let at = null; // [row, column], the middle before anything is pointed at

  function value(row, column) {
    const [height, width] = picture.shape.slice(-2);
    if (row < 0 || column < 0 || row >= height || column >= width) return null;
    const planes = picture.shape.length === 3 ? picture.shape[0] : 1;
    return Array.from({ length: planes }, (_, c) => picture.data[(c * height + row) * width + column]).join(", ");
  }

  function show() {
    const [height, width] = picture.shape.slice(-2);
    at ??= [height >> 1, width >> 1];
    const [row, column] = (at = [Math.min(at[0], height - 1), Math.min(at[1], width - 1)]);
    box.style.width = `${100 / width}%`;
    box.style.height = `${100 / height}%`;
    box.style.left = `${(100 * column) / width}%`;
    box.style.top = `${(100 * row) / height}%`;
    cells.forEach((cell, i) => {
      const there = value(row - AROUND + Math.floor(i / (2 * AROUND + 1)), column - AROUND + (i % (2 * AROUND + 1)));
      cell.textContent = there ?? "";
      cell.classList.toggle("outside", there === null);
      cell.style.setProperty("--share", there === null ? 0 : Math.min(1, parseFloat(there) / 255));
      cell.classList.toggle("light", parseFloat(there) > 115);
    });
    reading.textContent = `Row ${row + 1}, column ${column + 1}: ${value(row, column)}`;
  }

  function point(event) {
    if (!picture) return;
    const rect = canvas.getBoundingClientRect();
    const [height, width] = picture.shape.slice(-2);
    const [y, x] = [(event.clientY - rect.top) / rect.height, (event.clientX - rect.left) / rect.width];
    at = [clamped(Math.floor(y * height), height), clamped(Math.floor(x * width), width)];
    show();
  }

  canvas.addEventListener("pointerdown", point);
  canvas.addEventListener("pointermove", point);
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move || !picture) return;
    event.preventDefault();
    const [height, width] = picture.shape.slice(-2);
    at = [clamped(at[0] + move[0], height), clamped(at[1] + move[1], width)];
    show();
    app.say(reading.textContent, "pixel");
  });
  app.on("answer", (answer) => {
    picture = unpack(answer.picture);
    paint(canvas, picture, "grey");
    show();
  });
}

const clamped = (i, n) => Math.min(n - 1, Math.max(0, i));

/** Each step of the preparation: its picture, what it does, and a switch to leave it out. */
export function steps(root, app) {
  const list = el("ol", { class: "steps" });
  root.append(list);
  let parts = new Map();
  let names = "";

  function build(given) {
    names = given.map(({ name }) => name).join();
    parts = new Map(given.map((step) => [step.name, part(step)]));
    list.replaceChildren(...[...parts.values()].map(({ item }) => item));
  }

  function part({ name, title, sentence, switch: switchable }) {
    const canvas = el("canvas", { class: "step-picture", role: "img", "aria-label": `The picture after: ${title}` });
    const words = el("p", { class: "note" }, sentence);
    const box = switchable ? el("input", { type: "checkbox", role: "switch", onchange: () => turn(name, box.checked) }) : null;
    const heading = switchable ? el("label", { class: "switch" }, box, el("span", {}, title)) : el("span", { class: "switch" }, title);
    const item = el("li", {}, canvas, el("h4", {}, heading), words);
    return { item, canvas, words, box };
  }

  function turn(name, on) {
    const off = new Set(app.state.off);
    if (on) off.delete(name);
    else off.add(name);
    app.set("off", off);
  }

  app.on("answer", (answer) => {
    const given = answer.preparation.steps;
    if (given.map(({ name }) => name).join() !== names) build(given);
    for (const { name, sentence, on, picture } of given) {
      const { item, canvas, words, box } = parts.get(name);
      paint(canvas, unpack(picture), "grey");
      words.textContent = sentence;
      item.classList.toggle("off", !on);
      if (box) box.checked = on;
    }
  });
}
