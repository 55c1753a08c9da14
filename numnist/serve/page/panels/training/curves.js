/** Curves: loss and accuracy of every step as it comes, and of the validation pictures after every epoch. */

import { count, el, number, percent, svg } from "./parts.js";

const TALL = 190;
const EDGE = { left: 44, right: 12, top: 12, bottom: 26 };
const MOST = 400; // points of a line: more cannot be seen
const SMOOTH = 0.8; // of the running mean: about the last five steps that were told
const NINES = 3; // of the accuracy's axis, which ends at 99.9%: each 9 more takes as much room

export class Curves {
  constructor() {
    this.charts = [
      new Chart("Loss", { axis: logarithmic, write: (value) => number(value, 2), field: "loss", judged: "validation_loss" }),
      new Chart("Accuracy", { axis: nines, write: (value) => percent(value, value > 0.985 ? 1 : 0), field: "accuracy", judged: "validation_accuracy" }),
    ];
    this.element = el(
      "div", { class: "curves" },
      el("div", { class: "panel-pair" }, this.charts.map((chart) => chart.element)),
      el(
        "p", { class: "legend curve-legend" },
        key("key-steps", "a batch"), key("key-mean", "running mean"), key("key-judged", "validation pictures"),
      ),
    );
    this.clear();
  }

  clear() {
    this.steps = [];
    this.epochs = [];
    this.total = this.rounds = 1;
    this.draw();
  }

  start({ steps, epochs }) {
    this.total = steps;
    this.rounds = epochs;
    this.draw();
  }

  step(event) {
    if (event.step <= (this.steps.at(-1)?.step ?? 0)) return; // told twice, after a cut
    const last = this.steps.at(-1);
    const weight = 1 + SMOOTH * (last?.weight ?? 0); // so that the first steps count in full
    const mean = (name) => (last?.[`${name}_mean`] ?? 0) * (1 - 1 / weight) + event[name] / weight;
    this.steps.push({ step: event.step, weight, loss: event.loss, accuracy: event.accuracy, loss_mean: mean("loss"), accuracy_mean: mean("accuracy") });
    this.#soon();
  }

  epoch(event) {
    const step = (this.total * event.epoch) / this.rounds;
    if (event.validation_loss !== null && !this.epochs.some((one) => one.epoch === event.epoch)) this.epochs.push({ ...event, step });
    this.#soon();
  }

  #soon() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    for (const chart of this.charts) chart.show(this);
  }
}

function key(name, words) {
  return el("span", { class: `key ${name}` }, svg("svg", { width: 28, height: 10, "aria-hidden": "true" }, svg("path", { d: "M1 5H27" }), svg("circle", { cx: 14, cy: 5, r: 3.5 })), words);
}

/** One chart: faint points and a line for the steps, rings for validation. */
class Chart {
  constructor(title, { axis, write, field, judged }) {
    Object.assign(this, { title, axis, write, field, judged });
    this.now = el("output", { class: "number" });
    this.picture = svg("svg", { class: "chart", role: "img", height: TALL });
    this.element = el("figure", {}, el("figcaption", { class: "chart-head" }, el("h3", {}, title), this.now), this.picture);
    new ResizeObserver(() => this.given && this.show(this.given)).observe(this.element);
  }

  show(given) {
    this.given = given;
    const width = Math.floor(this.element.clientWidth);
    if (!width) return;
    const { steps, epochs, total, rounds } = given;
    const last = steps.at(-1);
    this.now.textContent = last ? this.write(last[`${this.field}_mean`]) : "";
    this.picture.setAttribute("viewBox", `0 0 ${width} ${TALL}`);
    this.picture.setAttribute("width", width);
    this.picture.setAttribute("aria-label", this.#words(epochs, last));
    const { share, ticks } = this.axis([...steps.map((one) => one[this.field]), ...epochs.map((one) => one[this.judged])]);
    const x = (step) => EDGE.left + ((width - EDGE.left - EDGE.right) * step) / total;
    const y = (value) => TALL - EDGE.bottom - (TALL - EDGE.top - EDGE.bottom) * Math.max(0, Math.min(1, share(value)));
    const thin = thinned(steps);
    this.picture.replaceChildren(
      ...this.#grid(ticks, y, width), ...this.#rounds(x, rounds, total),
      svg("path", { class: "steps", d: thin.map((one) => `M${x(one.step).toFixed(1)} ${y(one[this.field]).toFixed(1)}h0`).join("") }),
      svg("path", { class: "mean", d: line(thin.map((one) => [x(one.step), y(one[`${this.field}_mean`])])) }),
      svg("path", { class: "judged", d: line(epochs.map((one) => [x(one.step), y(one[this.judged])])) }),
      ...epochs.map((one) => svg("circle", { class: "judged", cx: x(one.step), cy: y(one[this.judged]), r: 4 })),
    );
  }

  #words(epochs, last) {
    const judged = epochs.at(-1);
    if (!last) return `${this.title}: nothing yet`;
    return `${this.title} after ${count(last.step)} steps: ${this.write(last[`${this.field}_mean`])}${judged ? `, on validation pictures ${this.write(judged[this.judged])}` : ""}`;
  }

  #grid(ticks, y, width) {
    return ticks.flatMap(([value, name]) => [
      svg("path", { class: "grid", d: `M${EDGE.left} ${y(value)}H${width - EDGE.right}` }),
      svg("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, name),
    ]);
  }

  /** The ends of the epochs; of many only some are named. */
  #rounds(x, rounds, total) {
    const every = Math.ceil(rounds / 6);
    return Array.from({ length: rounds + 1 }, (_, k) => k).filter((k) => k % every === 0 || k === rounds).flatMap((k) => [
      svg("path", { class: "grid", d: `M${x((total * k) / rounds)} ${TALL - EDGE.bottom}v5` }),
      svg("text", { x: x((total * k) / rounds), y: TALL - 6, "text-anchor": k === rounds ? "end" : k === 0 ? "start" : "middle" }, k === 0 ? "start" : `epoch ${k}`),
    ]);
  }
}

/** The loss's axis: each factor of ten takes as much room.  share: where a value stands, from 0 to 1. */
function logarithmic(values) {
  const positive = values.filter((value) => value > 0);
  const low = 0.8 * positive.reduce((a, b) => Math.min(a, b), 0.5);
  const high = 1.2 * positive.reduce((a, b) => Math.max(a, b), 2.5);
  const share = (value) => Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return { share, ticks: powers(low, high).map((value) => [value, String(value)]) };
}

/** The accuracy's axis, stretched towards 100%, where what is still wrong shrinks from 10% to 1% to 0.1%. */
function nines() {
  const share = (value) => -Math.log10(Math.max(1 - value, 10 ** -NINES)) / NINES;
  return { share, ticks: [[0, "0%"], [0.5, "50%"], [0.9, "90%"], [0.99, "99%"], [0.999, "99.9%"]] };
}

function powers(low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of [1, 2, 5]) {
      const value = Number((digit * 10 ** power).toPrecision(1));
      if (value >= low && value <= high) found.push(value);
    }
  }
  return found.length > 6 ? found.filter((value) => /^[0.]*1[0]*$/.test(String(value))) : found;
}

function line(points) {
  return points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

/** At most MOST of the points, the last one among them. */
function thinned(points) {
  const every = Math.ceil(points.length / MOST);
  return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1);
}
