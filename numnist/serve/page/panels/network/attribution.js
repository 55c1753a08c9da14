/** Attribution: which pixels would change a class's score by the gradient, and what covering patches does. */

import { extremes, range, unpack } from "../../base/arrays.js";
import { el, note, options } from "../../base/dom.js";
import { number } from "../../base/format.js";
import { classesOf } from "../../base/models.js";
import { bitmap, cellSize, css, legend, outline, painted, palette, pixels, sized } from "../../base/pictures.js";
import { askAboutDrawing, panelRequest } from "../../base/request.js";
import { phrase, say, serverWords } from "../../base/words.js";

const SIDE = 224; // pixels of a figure
const LEAST = 0.08; // of the largest effect: smaller dots would only be dust
const FAINT = 0.38; // of the ink below the dots
const OVER = 0.5; // of the ink above the covered patches' colours

export function attribution(app) {
  let chosen = null; // the class that the user has chosen; else the predicted one
  const label = el("select", { "aria-label": say("pixels.class"), onchange: () => { chosen = label.value; ask(); } });
  const gradient = figure(say("pixels.gradient"), say("pixels.gradient.about"));
  const covered = figure(say("pixels.covered"), "");
  const element = el(
    "section", { class: "attribution" },
    el("h3", {}, el("label", { class: "attribution-head" }, say("pixels.title"), label)),
    el("div", { class: "panel-pair" }, gradient.element, covered.element),
  );

  const current = () => [chosen, app.state.answer?.shown?.label].find((each) => classesOf(app).includes(each)) ?? null;

  function follow() {
    label.replaceChildren(...options(classesOf(app), current()));
  }

  const ask = panelRequest(element, app, {
    ask: () => {
      follow();
      return current() === null ? null : askAboutDrawing(app, "/api/attribution", { label: current() });
    },
    show: (response) => {
      const shown = unpack(response.picture);
      const [height, width] = shown.shape.slice(-2);
      const ink = grey(shown, height * width);
      showGradient(gradient, unpack(response.gradient), ink, response.label);
      showCovered(covered, response.occlusion, ink, response.label);
    },
  });

  app.on("model", () => {
    chosen = null;
    follow();
  });
  app.on("answer", follow);
  follow();
  return element;
}

function figure(title, words) {
  const canvas = el("canvas", { class: "picture", role: "img" });
  const [sentence, found, scale] = [note(words), el("p", { class: "attribution-found" }), el("div")];
  return { element: el("section", {}, el("h4", {}, title), sentence, canvas, scale, found), canvas, sentence, found, scale };
}

function showGradient({ canvas, scale }, { shape: [height, width], data }, ink, label) {
  const cell = cellSize(SIDE, height, width);
  const { most } = range(data);
  painted(canvas, () => {
    const context = sized(canvas, width * cell, height * cell);
    context.drawImage(bitmap(ink, height, width, { most: 1 / FAINT }), 0, 0, width * cell, height * cell);
    drawDots(context, data.map((value) => value / most), width, cell);
  });
  scale.replaceChildren(dotLegend(most));
  canvas.setAttribute("aria-label", say("pixels.where", { label, where: where(data, height, width) }));
}

function showCovered({ canvas, sentence, found, scale }, occlusion, ink, label) {
  const { drops, size, largest } = occlusion;
  const words = serverWords(occlusion);
  const { shape: [height, width], data } = unpack(drops);
  const cell = cellSize(SIDE, height, width);
  const colours = { ...range(data), signed: true };
  painted(canvas, () => {
    const context = sized(canvas, width * cell, height * cell);
    context.drawImage(bitmap(data, height, width, colours), 0, 0, width * cell, height * cell);
    const colour = palette().ink;
    const over = pixels(height, width, (i, c) => (c === 3 ? 255 * OVER * ink[i] : colour[c]));
    context.drawImage(over, 0, 0, width * cell, height * cell);
    const [top, left, bottom, right] = largest.box;
    outline(context, left * cell, top * cell, (right - left) * cell, (bottom - top) * cell);
  });
  sentence.replaceChildren(...phrase("pixels.covered.about", {
    height: size[0], width: size[1], label,
    for: el("span", { class: "plus" }, say("pixels.for")), against: el("span", { class: "minus" }, say("pixels.against")),
  }));
  found.textContent = words;
  scale.replaceChildren(legend(colours, say("pixels.fall")));
  canvas.setAttribute("aria-label", say("pixels.covering", { label, words }));
}

/** A share as the size of a dot, so that it shows without its colour, too. */
function drawDots(context, shares, width, cell) {
  context.fillStyle = css(palette().accent);
  shares.forEach((share, i) => {
    if (share < LEAST) return;
    context.beginPath();
    context.arc((i % width + 0.5) * cell, (Math.floor(i / width) + 0.5) * cell, (share * cell) / 2, 0, 2 * Math.PI);
    context.fill();
  });
}

function dotLegend(most) {
  const dot = (size) => el("span", { class: `dot dot-${size}`, "aria-hidden": "true" });
  return el(
    "p", { class: "legend" },
    el("span", { class: "legend-ends" }, say("pixels.effect"), dot("small"), "0", dot("large"), number(most)),
  );
}

/** In words: the ninth of the picture where the values are largest. */
function where(data, height, width) {
  const parts = new Float64Array(9);
  const third = (at, size) => Math.floor((3 * at) / size);
  data.forEach((value, i) => (parts[3 * third(Math.floor(i / width), height) + third(i % width, width)] += value));
  return say(`where.${parts.indexOf(Math.max(...parts))}`);
}

/** The sum of the picture's channels, from 0 to 1. */
function grey({ data }, size) {
  const sums = new Float32Array(size);
  data.forEach((value, i) => (sums[i % size] += value));
  const [least, most] = extremes(sums);
  return sums.map((value) => (value - least) / (most - least || 1));
}
