/** The training monitor: progress, curves, filters and prediction from the stream of a training's events. */

import { range, unpack } from "../../base/arrays.js";
import { button, el, headings, note as hint, scrollable, spoken } from "../../base/dom.js";
import { count, dataTitle, number, percent } from "../../base/format.js";
import { cellSize, legend, picture } from "../../base/pictures.js";
import { token } from "../../base/token.js";
import { trainingCurves } from "./curves.js";
import { PredictionHistory } from "./prediction-history.js";

const COLUMNS = ["epoch", "loss", "accuracy", "validation loss", "validation accuracy", "seconds"];
const FILTER = 46; // pixels of a filter's picture

export function monitor(app, { stop, ended }) {
  const state = el("p", { class: "training-state" });
  const bar = el("progress", { max: 1, value: 0, "aria-label": "Steps done" });
  const halt = button("Stop", () => {
    halt.disabled = true;
    stop();
  });
  const whose = el("p", { class: "note training-whose", hidden: true }, "Someone else is training; you can watch.");
  const note = el("p", { class: "note training-note" });
  const curves = trainingCurves();
  const predictions = new PredictionHistory();
  const filters = el("div", { class: "filters" });
  const scale = el("div");
  const rows = el("tbody");
  const element = el(
    "div", { class: "training-progress", hidden: true },
    el("div", { class: "training-now" }, state, halt), whose, bar, note, curves.element,
    el("div", { class: "panel-pair" }, predictions.element, el("section", {}, el("h3", {}, "The first layer's weights"), scale, filters)),
    scrollable("The epochs so far", el("table", { class: "epochs" }, spoken("Every epoch", "caption"), el("thead", {}, headings(COLUMNS)), rows)),
  );
  let stream = null;
  let started = null;
  const self = { element, open, allow, note: (text) => (note.textContent = text), running: false };
  const handlers = { start, step, filters: showFilters, drawing: (event) => predictions.add(event), epoch, finished, failed: ({ message }) => over(`The training failed: ${message}`, false) };

  /** Whether this page may stop the training; yours: whether it has started it. */
  function allow({ yours, may_stop: mayStop }) {
    halt.hidden = !mayStop || !self.running;
    whose.hidden = yours || !self.running;
  }

  function open(id) {
    stream?.close();
    self.running = true;
    element.hidden = false;
    rows.replaceChildren();
    filters.replaceChildren();
    scale.replaceChildren(hint("They appear with the first step."));
    curves.clear();
    predictions.clear();
    bar.value = 0;
    halt.hidden = halt.disabled = false;
    state.textContent = "Loading the data …";
    note.textContent = "";
    stream = new EventSource(`/api/learning/${id}/events?page=${token}`);
    for (const [kind, handler] of Object.entries(handlers)) {
      stream.addEventListener(kind, (event) => {
        note.textContent = "";
        handler(JSON.parse(event.data));
      });
    }
    stream.onerror = () => {
      if (!self.running) return;
      if (stream.readyState === EventSource.CLOSED) over("The server has closed the stream: this training is gone.", false);
      else note.textContent = "The connection is lost. The page reconnects by itself and continues where it was.";
    };
  }

  function start(event) {
    started = event;
    state.textContent = `${event.recipe} from ${event.from ?? "random weights"} on ${count(event.train)} pictures of ${dataTitle(event.data)}`;
    curves.start(event);
    predictions.start(event);
    app.announce(`Training ${event.recipe} started: ${event.epochs} epochs, ${event.steps} steps.`, "training");
  }

  function step(event) {
    bar.max = event.steps;
    bar.value = event.step;
    state.textContent = `Step ${count(event.step)} of ${count(event.steps)}, epoch ${event.epoch} of ${started?.epochs ?? "?"}`;
    curves.step(event);
  }

  function showFilters({ picture: packed }) {
    const weights = unpack(packed);
    const [units, height, width] = weights.shape;
    const colours = { ...range(weights.data), signed: true };
    const cell = cellSize(FILTER, height, width);
    scale.replaceChildren(legend(colours, "weight"));
    filters.replaceChildren(...Array.from({ length: units }, (_, k) => picture(
      weights.data.subarray(k * height * width, (k + 1) * height * width), height, width, { ...colours, cell, label: `Weights of unit ${k}` },
    )));
  }

  function epoch(event) {
    curves.epoch(event);
    const share = (value) => (value === null ? "–" : percent(value, 2));
    const cells = [
      number(event.loss), share(event.accuracy), event.validation_loss === null ? "–" : number(event.validation_loss),
      share(event.validation_accuracy), event.seconds.toFixed(1),
    ];
    rows.append(el("tr", {}, el("th", { scope: "row" }, event.epoch), cells.map((text) => el("td", { class: "number" }, text))));
    app.announce(`Epoch ${event.epoch}: loss ${number(event.loss)}, validation accuracy ${share(event.validation_accuracy)}.`, "training");
  }

  function finished({ stopped, steps, seconds, accuracy, interval }) {
    const between = interval ? ` (95% confidence interval ${interval.map((end) => percent(end, 2)).join(" to ")})` : "";
    const tested = accuracy === null ? "" : ` Test accuracy ${percent(accuracy, 2)} on ${count(started?.test ?? 0)} pictures${between}.`;
    over(`${stopped ? "Stopped" : "Finished"} after ${count(steps)} steps, ${seconds.toFixed(1)} s.${tested}`, true);
  }

  function over(text, good) {
    self.running = false;
    stream.close();
    halt.hidden = whose.hidden = true;
    state.textContent = text;
    note.textContent = "";
    state.classList.toggle("failed", !good);
    app.announce(text, "training");
    ended(good);
  }

  return self;
}
