/** Saliency: the pixels on which the score of a label hangs most, laid over the picture that the network sees. */

import { button, el, number, oneOf } from "./parts.js";
import { css, palette, range, sized } from "./pictures.js";

const SIDE = 224; // pixels of the figure
const LEAST = 0.08; // of the largest: below it dots would only be dust
const FAINT = 0.38; // of the ink below

/** app: its `backward` is switched on by the figure's button. */
export function saliency(app) {
  const canvas = el("canvas", { class: "picture", role: "img", "aria-label": "Your drawing as the network gets it" });
  const words = el("p", { class: "note" });
  const scale = el("div");
  const start = button("Show it", () => app.set("backward", app.state.answer?.label ?? null));
  const figure = el("div", { class: "over-frame" }, canvas);
  const element = el("section", { class: "where" }, el("h3", {}, "Where it looks"), words, figure, scale, start);

  function show({ input, saliency: map, backward }) {
    const [height, width] = input.shape.slice(-2);
    const cell = Math.floor(SIDE / Math.max(height, width));
    const context = sized(canvas, width * cell, height * cell);
    const ink = grey(input, height * width);
    const most = map ? range(map.data).most : 1;
    const { paper, ink: black, accent } = palette();
    for (let i = 0; i < height * width; i++) {
      const [x, y] = [(i % width) * cell, Math.floor(i / width) * cell];
      context.fillStyle = css(mixed(paper, black, map ? ink[i] * FAINT : ink[i]));
      context.fillRect(x, y, cell, cell);
      if (!map) continue;
      const share = map.data[i] / most; // as the size of a dot, so that it is seen without its colour too
      if (share < LEAST) continue;
      context.fillStyle = css(accent);
      const radius = (share * cell) / 2;
      context.beginPath();
      context.arc(x + cell / 2, y + cell / 2, radius, 0, 2 * Math.PI);
      context.fill();
    }
    start.hidden = map !== null;
    scale.hidden = map === null;
    words.textContent = map
      ? `The larger a dot, the more the score of “${backward}” would change with a little ink (or a little less) there.`
      : "The gradient does not stop at the first layer: it reaches the picture, and says which pixels matter.";
    if (map) scale.replaceChildren(dots(most));
    canvas.setAttribute("aria-label", map ? described(map, backward) : "Your drawing as the network gets it");
  }

  return { element, show };
}

/** What the dots' sizes mean. */
function dots(most) {
  return el(
    "p", { class: "legend" },
    el("span", { class: "legend-ends" }, "effect of a pixel on the score", el("span", { class: "dot dot-small", "aria-hidden": "true" }), "0",
      el("span", { class: "dot dot-large", "aria-hidden": "true" }), number(most)),
  );
}

/** In words: in which part of the picture most of it lies. */
function described({ shape: [height, width], data }, label) {
  const rows = ["top", "middle", "bottom"];
  const columns = ["left", "centre", "right"];
  const parts = new Float64Array(9);
  data.forEach((value, i) => {
    const row = Math.min(2, Math.floor((3 * Math.floor(i / width)) / height));
    parts[3 * row + Math.min(2, Math.floor((3 * (i % width)) / width))] += value;
  });
  const best = parts.indexOf(Math.max(...parts));
  return `Pixels that matter for ${oneOf(label)}, mostly at the ${rows[Math.floor(best / 3)]} ${columns[best % 3]}`;
}

/** The input's channels as one picture from 0 to 1. */
function grey({ data }, size) {
  const channels = data.length / size;
  const sums = Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[c * size + i];
    return sum;
  });
  const least = sums.reduce((a, b) => Math.min(a, b), Infinity);
  const most = sums.reduce((a, b) => Math.max(a, b), -Infinity);
  return sums.map((value) => (value - least) / (most - least || 1));
}

function mixed(from, to, share) {
  return from.map((value, c) => Math.round(value + (to[c] - value) * share));
}
