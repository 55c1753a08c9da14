/** Opinion: what a network in training makes of the drawing, now and since the start: a row a class, time to the right. */

import { chance, el, oneOf } from "./parts.js";
import { css, palette, sized } from "./pictures.js";

const HEIGHT = 20; // pixels of a row

export class Opinion {
  constructor() {
    this.verdict = el("p", { class: "opinion-verdict" });
    this.body = el("tbody");
    this.canvas = el("canvas", { class: "opinion-strip", "aria-hidden": "true" });
    this.frame = el("div", { class: "opinion-frame" }, this.canvas);
    this.table = el(
      "table", { class: "opinion-table" }, el("caption", { class: "hidden-words" }, "Its answer to your drawing now"),
      el("thead", { class: "hidden-words" }, el("tr", {}, el("th", { scope: "col" }, "class"), el("th", { scope: "col" }, "probability"))), this.body,
    );
    this.element = el(
      "section", { class: "opinion" },
      el("h3", {}, "Its answer to your drawing"), this.verdict,
      el("div", { class: "opinion-grid" }, this.table, this.frame),
      el("p", { class: "note" }, "Time runs to the right; the fuller a mark, the more probable."),
    );
    new ResizeObserver(() => this.draw()).observe(this.frame);
    this.clear();
  }

  clear() {
    this.history = []; // {step, shares}
    this.steps = 1;
    this.verdict.textContent = "Draw something to see what it makes of it.";
    this.body.replaceChildren();
  }

  start({ classes, steps }) {
    this.classes = classes;
    this.steps = steps;
    this.rows = classes.map((label) => [el("th", { scope: "row" }, label), el("td", { class: "number" }, "–")]);
    this.body.replaceChildren(...this.rows.map((cells) => el("tr", {}, cells)));
    this.draw();
  }

  heard({ step, label, probability, probabilities }) {
    if (label === null) {
      this.verdict.textContent = "Nothing is drawn.";
      return;
    }
    const shares = probabilities.map((one) => one.probability);
    this.history.push({ step, shares });
    this.verdict.replaceChildren("Now: ", el("strong", {}, oneOf(label)), `, ${chance(probability)}`);
    const most = Math.max(...shares);
    this.rows.forEach(([name, value], i) => {
      value.textContent = chance(shares[i], 0);
      name.parentElement.classList.toggle("best", shares[i] === most);
    });
    this.draw();
  }

  draw() {
    if (!this.rows) return;
    const width = Math.floor(this.frame.clientWidth);
    if (!width) return;
    const context = sized(this.canvas, width, HEIGHT * this.classes.length);
    const { ink, line } = palette();
    const at = (step) => Math.round((width * step) / this.steps); // whole pixels: no seams
    this.classes.forEach((_, k) => {
      context.fillStyle = css(line);
      context.fillRect(0, (k + 1) * HEIGHT - 1, width, 1);
    });
    this.history.forEach(({ step, shares }, i) => {
      const from = i === 0 ? at(Math.max(0, step - 1)) : at(step);
      const to = i + 1 < this.history.length ? at(this.history[i + 1].step) : at(step) + 2;
      shares.forEach((share, k) => {
        if (share < 0.004) return;
        context.fillStyle = css(ink, share);
        context.fillRect(from, k * HEIGHT + 1, Math.max(1, to - from), HEIGHT - 3);
      });
    });
  }
}
