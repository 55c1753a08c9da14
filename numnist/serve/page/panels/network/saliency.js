/** Saliency: the pixels that change the score of a label most, as dots on the network's input. */

import { extremes, range } from "../../base/arrays.js";
import { button, el, note } from "../../base/dom.js";
import { number, oneOf } from "../../base/format.js";
import { bitmap, cellSize, css, painted, palette, sized } from "../../base/pictures.js";

const SIDE = 224; // pixels of the figure
const LEAST = 0.08; // of the largest effect: smaller dots would only be dust
const FAINT = 0.38; // of the ink below the dots
const PLAIN = "The network's input";

/** The figure's button sets app.state.backward. */
export function saliency(app) {
  const canvas = el("canvas", { class: "picture", role: "img", "aria-label": PLAIN });
  const words = note();
  const scale = el("div");
  const start = button("Show it", () => app.set("backward", app.state.answer?.shown?.label ?? null));
  const element = el(
    "section", { class: "saliency" },
    el("h3", {}, "Saliency: which pixels matter"), words, el("div", { class: "saliency-frame" }, canvas), scale, start,
  );

  function show({ input, saliency: map, backward }) {
    const [height, width] = input.shape.slice(-2);
    const cell = cellSize(SIDE, height, width);
    const ink = grey(input, height * width);
    const most = map ? range(map.data).most : 1;
    painted(canvas, () => {
      const context = sized(canvas, width * cell, height * cell);
      context.drawImage(bitmap(ink, height, width, { most: map ? 1 / FAINT : 1 }), 0, 0, width * cell, height * cell);
      if (map) drawDots(context, map.data.map((value) => value / most), width, cell);
    });
    start.hidden = map !== null;
    scale.hidden = map === null;
    words.textContent = map
      ? `The larger a dot, the more the score of “${backward}” would change with a little more or less ink there.`
      : "The gradient with respect to the input says which pixels matter.";
    if (map) scale.replaceChildren(dotLegend(most));
    canvas.setAttribute("aria-label", map ? described(map, backward) : PLAIN);
  }

  return { element, show };
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
    el("span", { class: "legend-ends" }, "effect of a pixel on the score", dot("small"), "0", dot("large"), number(most)),
  );
}

/** In words: the ninth of the picture that matters most. */
function described({ shape: [height, width], data }, label) {
  const rows = ["top", "middle", "bottom"];
  const columns = ["left", "centre", "right"];
  const parts = new Float64Array(9);
  const third = (at, size) => Math.floor((3 * at) / size);
  data.forEach((value, i) => (parts[3 * third(Math.floor(i / width), height) + third(i % width, width)] += value));
  const best = parts.indexOf(Math.max(...parts));
  return `Pixels that matter for ${oneOf(label)}, mostly at the ${rows[Math.floor(best / 3)]} ${columns[best % 3]}`;
}

/** The sum of the input's channels, from 0 to 1. */
function grey({ data }, size) {
  const sums = new Float32Array(size);
  data.forEach((value, i) => (sums[i % size] += value));
  const [least, most] = extremes(sums);
  return sums.map((value) => (value - least) / (most - least || 1));
}
