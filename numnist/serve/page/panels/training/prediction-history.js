/** Prediction history: what a network in training predicts for the drawing, a row a class, time to the right. */

import { el, note, probabilityTable } from "../../base/dom.js";
import { chance } from "../../base/format.js";
import { css, painted, palette, sized } from "../../base/pictures.js";
import { oneOf, phrase, say } from "../../base/words.js";

const HEIGHT = 20; // pixels of a row
const FAINTEST = 0.004; // probability that still shows

export class PredictionHistory {
  constructor() {
    this.verdict = el("p", { class: "history-verdict" });
    this.body = el("tbody");
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.frame = el("div", {}, this.canvas);
    this.element = el(
      "section", {},
      el("h3", {}, say("history.title")), this.verdict,
      el("div", { class: "history-grid" }, table(this.body), this.frame),
      note(say("history.about")),
    );
    new ResizeObserver(() => this.draw()).observe(this.frame);
    painted(this.canvas, () => this.draw());
    this.clear();
  }

  clear() {
    this.history = []; // {step, shares}
    this.steps = 1;
    this.verdict.textContent = say("history.draw");
    this.body.replaceChildren();
  }

  start({ classes, steps }) {
    this.classes = classes;
    this.steps = steps;
    this.rows = classes.map((label) => [el("th", { scope: "row" }, label), el("td", { class: "number" }, "–")]);
    this.body.replaceChildren(...this.rows.map((cells) => el("tr", {}, cells)));
    this.draw();
  }

  add({ step, label, probability, probabilities }) {
    if (label === null) {
      this.verdict.textContent = say("history.nothing");
      return;
    }
    const shares = probabilities.map((each) => each.probability);
    this.history.push({ step, shares });
    this.verdict.replaceChildren(...phrase("history.now", { label: el("strong", {}, oneOf(label)), share: probability }));
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
    const at = (step) => Math.round((width * step) / this.steps); // whole pixels, so that no seams show
    context.fillStyle = css(line);
    this.classes.forEach((_, k) => context.fillRect(0, (k + 1) * HEIGHT - 1, width, 1));
    this.history.forEach(({ step, shares }, i) => {
      const from = i === 0 ? at(Math.max(0, step - 1)) : at(step);
      const to = i + 1 < this.history.length ? at(this.history[i + 1].step) : at(step) + 2;
      shares.forEach((share, k) => {
        if (share < FAINTEST) return;
        context.fillStyle = css(ink, share);
        context.fillRect(from, k * HEIGHT + 1, Math.max(1, to - from), HEIGHT - 3);
      });
    });
  }
}

const table = (body) => probabilityTable("history-table", say("history.table"), [say("answer.class"), say("answer.probability")], body);
