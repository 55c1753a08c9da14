/** Curves: loss and accuracy of every step as it comes, and of the validation set after every epoch. */

import { clamp, extremes } from "../../base/arrays.js";
import { el, svg } from "../../base/dom.js";
import { localised, number, percent } from "../../base/format.js";
import { say } from "../../base/words.js";

const TALL = 190;
const EDGE = { left: 44, right: 12, top: 12, bottom: 26 };
const MOST = 400; // points of a line: more cannot be seen
const NINES = 3; // of the accuracy's axis, which ends at 99.9%
const ROOM = 0.7; // of the axis, where the last label leaves it free
const SMOOTH = 0.8; // of the running mean: about the last five steps

/** {element, clear, start, step, epoch}: clear() forgets a training; the others take its events. */
export function trainingCurves() {
  const charts = [
    chart(say("curves.loss"), { axis: logarithmic, write: (value) => number(value, 2), field: "loss" }),
    chart(say("curves.accuracy"), { axis: nines, write: (value) => percent(value, value > 0.985 ? 1 : 0), field: "accuracy" }),
  ];
  const element = el(
    "div", { class: "curves" },
    el("div", { class: "panel-pair" }, charts.map((each) => each.element)),
    el("p", { class: "legend curve-legend" }, key("steps", say("curves.batch")), key("mean", say("curves.mean")), key("validation", say("curves.validation"))),
  );
  let curves = null; // {steps, epochs}, the events so far, and how many there will be
  let frame = null;

  function clear() {
    curves = { steps: [], epochs: [] };
    start({ steps: 1, epochs: 1 });
  }

  function start({ steps: totalSteps, epochs: totalEpochs }) {
    Object.assign(curves, { totalSteps, totalEpochs });
    draw();
  }

  function step({ step, loss, accuracy }) {
    const last = curves.steps.at(-1);
    if (step <= (last?.step ?? 0)) return; // sent again after a lost connection
    const weight = 1 + SMOOTH * (last?.weight ?? 0); // so that the first steps count in full
    const mean = (name, value) => (last?.[name] ?? 0) * (1 - 1 / weight) + value / weight;
    curves.steps.push({ step, weight, loss, accuracy, mean_loss: mean("mean_loss", loss), mean_accuracy: mean("mean_accuracy", accuracy) });
    drawSoon();
  }

  function epoch(event) {
    const { epochs, totalSteps, totalEpochs } = curves;
    const known = epochs.some((each) => each.epoch === event.epoch);
    if (event.validation_loss !== null && !known) epochs.push({ ...event, step: (totalSteps * event.epoch) / totalEpochs });
    drawSoon();
  }

  function drawSoon() {
    frame ??= requestAnimationFrame(() => {
      frame = null;
      draw();
    });
  }

  const draw = () => charts.forEach((each) => each.show(curves));

  clear();
  return { element, clear, start, step, epoch };
}

function key(name, words) {
  const line = svg("svg", { width: 28, height: 10, "aria-hidden": "true" }, svg("path", { d: "M1 5H27" }), svg("circle", { cx: 14, cy: 5, r: 3.5 }));
  return el("span", { class: `key key-${name}` }, line, words);
}

/** One chart: faint points and a line for the steps, rings for validation. */
function chart(title, { axis, write, field }) {
  const [mean, validation] = [`mean_${field}`, `validation_${field}`];
  const now = el("output", { class: "number" });
  const picture = svg("svg", { class: "chart", role: "img", height: TALL });
  const element = el("figure", {}, el("figcaption", { class: "chart-head" }, el("h3", {}, title), now), picture);
  let shown = null;
  new ResizeObserver(() => shown && show(shown)).observe(element);

  function show(curves) {
    shown = curves;
    const width = element.clientWidth;
    if (!width) return;
    const { steps, epochs, totalSteps, totalEpochs } = curves;
    const last = steps.at(-1);
    now.textContent = last ? write(last[mean]) : "";
    picture.setAttribute("viewBox", `0 0 ${width} ${TALL}`);
    picture.setAttribute("width", width);
    picture.setAttribute("aria-label", described(epochs.at(-1), last));
    const { share, ticks } = axis([...steps.map((each) => each[field]), ...epochs.map((each) => each[validation])]);
    const x = (step) => EDGE.left + ((width - EDGE.left - EDGE.right) * step) / totalSteps;
    const y = (value) => TALL - EDGE.bottom - (TALL - EDGE.top - EDGE.bottom) * clamp(share(value), 0, 1);
    const points = (events, name) => events.map((each) => [x(each.step), y(each[name])]);
    const thin = thinned(steps);
    const rings = points(epochs, validation);
    picture.replaceChildren(
      ...ticks.flatMap(([value, name]) => [
        svg("path", { class: "grid", d: `M${EDGE.left} ${y(value)}H${width - EDGE.right}` }),
        svg("text", { x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, name),
      ]),
      ...epochTicks((k) => x((totalSteps * k) / totalEpochs), totalEpochs),
      svg("path", { class: "steps", d: points(thin, field).map(([left, top]) => `M${left.toFixed(1)} ${top.toFixed(1)}h0`).join("") }),
      svg("path", { class: "mean", d: line(points(thin, mean)) }),
      svg("path", { class: "validation", d: line(rings) }),
      ...rings.map(([cx, cy]) => svg("circle", { class: "validation", cx, cy, r: 4 })),
    );
  }

  function described(epoch, last) {
    if (!last) return say("curves.nothing", { title });
    const now = { title, steps: last.step, value: write(last[mean]) };
    return epoch ? say("curves.validated", { ...now, validation: write(epoch[validation]) }) : say("curves.after", now);
  }

  return { element, show };
}

/** The ends of the epochs, at most about six of them marked, and labelled where there is room beside the last. */
function epochTicks(at, epochs) {
  const every = Math.ceil(epochs / 6);
  return Array.from({ length: epochs + 1 }, (_, k) => k).filter((k) => k % every === 0 || k === epochs).flatMap((k) => {
    const anchor = k === epochs ? "end" : k === 0 ? "start" : "middle";
    const words = k === 0 ? say("curves.start") : k === epochs ? say("curves.epoch", { epoch: k }) : k <= ROOM * epochs ? k : "";
    return [
      svg("path", { class: "grid", d: `M${at(k)} ${TALL - EDGE.bottom}v5` }),
      svg("text", { x: at(k), y: TALL - 6, "text-anchor": anchor }, words),
    ];
  });
}

const line = (points) => points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** At most MOST of the points, the last one among them. */
function thinned(points) {
  const every = Math.ceil(points.length / MOST);
  return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

/** The axis of the loss as {share, ticks}: share(value) is its place from 0 to 1. Each factor of ten takes the same room. */
function logarithmic(values) {
  const [least, most] = extremes([0.5, 2.5, ...values.filter((value) => value > 0)]);
  const [low, high] = [0.8 * least, 1.2 * most];
  const share = (value) => Math.log(Math.max(value, low) / low) / Math.log(high / low);
  return { share, ticks: powers(low, high).map((value) => [value, localised(String(value))]) };
}

/** The axis of the accuracy, stretched towards 100%, so that an error of 10%, 1% and 0.1% are equally far apart. */
function nines() {
  const share = (value) => -Math.log10(Math.max(1 - value, 10 ** -NINES)) / NINES;
  return { share, ticks: [0, 0.5, 0.9, 0.99, 0.999].map((value) => [value, percent(value, value > 0.99 ? 1 : 0)]) };
}

/** 1, 2 and 5 times the powers of ten in between; only the powers if those are too many. */
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
