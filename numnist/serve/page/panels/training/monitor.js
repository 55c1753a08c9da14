/** The training monitor: progress, curves, filters and prediction from the stream of a training's events. */

import { range, unpack } from "../../base/arrays.js";
import { button, el, headings, note as hint, scrollable, spoken } from "../../base/dom.js";
import { fixed, number, percent } from "../../base/format.js";
import { cellSize, legend, picture } from "../../base/pictures.js";
import { token } from "../../base/token.js";
import { dataTitle, say } from "../../base/words.js";
import { trainingCurves } from "./curves.js";
import { PredictionHistory } from "./prediction-history.js";

const COLUMNS = ["epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds"];
const FILTER = 46; // pixels of a filter's picture

export function monitor(app, { stop, ended }) {
  const state = el("p", { class: "training-state" });
  const bar = el("progress", { max: 1, value: 0, "aria-label": say("training.steps") });
  const halt = button(say("training.stop"), () => {
    halt.disabled = true;
    stop();
  });
  const whose = el("p", { class: "note training-whose", hidden: true }, say("training.other"));
  const note = el("p", { class: "note training-note" });
  const curves = trainingCurves();
  const predictions = new PredictionHistory();
  const filters = el("div", { class: "filters" });
  const scale = el("div");
  const rows = el("tbody");
  const element = el(
    "div", { class: "training-progress", hidden: true },
    el("div", { class: "training-now" }, state, halt), whose, bar, note, curves.element,
    el("div", { class: "panel-pair" }, predictions.element, el("section", {}, el("h3", {}, say("training.weights")), scale, filters)),
    scrollable(say("training.so_far"), el(
      "table", { class: "epochs" }, spoken(say("training.every"), "caption"),
      el("thead", {}, headings(COLUMNS.map((name) => say(`training.${name}`)))), rows,
    )),
  );
  let stream = null;
  let started = null;
  const self = { element, open, allow, note: (text) => (note.textContent = text), running: false };
  const handlers = { start, step, filters: showFilters, drawing: (event) => predictions.add(event), epoch, finished, failed: ({ message }) => over(say("training.failed", { message }), false) };

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
    scale.replaceChildren(hint(say("training.weights.soon")));
    curves.clear();
    predictions.clear();
    bar.value = 0;
    halt.hidden = halt.disabled = false;
    state.textContent = say("training.loading");
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
      if (stream.readyState === EventSource.CLOSED) over(say("training.gone"), false);
      else note.textContent = say("training.lost");
    };
  }

  function start(event) {
    started = event;
    state.textContent = say("training.now", {
      recipe: event.recipe, from: event.from ?? say("training.random"), count: event.train, data: dataTitle(event.data),
    });
    curves.start(event);
    predictions.start(event);
    app.announce(say("training.started", { recipe: event.recipe, count: event.epochs, steps: event.steps }), "training");
  }

  function step(event) {
    bar.max = event.steps;
    bar.value = event.step;
    state.textContent = say("training.step", { ...event, epochs: started?.epochs ?? "?" });
    curves.step(event);
  }

  function showFilters({ picture: packed }) {
    const weights = unpack(packed);
    const [units, height, width] = weights.shape;
    const colours = { ...range(weights.data), signed: true };
    const cell = cellSize(FILTER, height, width);
    scale.replaceChildren(legend(colours, say("training.weight")));
    filters.replaceChildren(...Array.from({ length: units }, (_, k) => picture(
      weights.data.subarray(k * height * width, (k + 1) * height * width), height, width, { ...colours, cell, label: say("training.weights.unit", { unit: k }) },
    )));
  }

  function epoch(event) {
    curves.epoch(event);
    const share = (value) => (value === null ? "–" : percent(value, 2));
    const cells = [
      number(event.loss), share(event.accuracy), event.validation_loss === null ? "–" : number(event.validation_loss),
      share(event.validation_accuracy), fixed(event.seconds, 1),
    ];
    rows.append(el("tr", {}, el("th", { scope: "row" }, event.epoch), cells.map((text) => el("td", { class: "number" }, text))));
    app.announce(say("training.epoch_done", { epoch: event.epoch, loss: number(event.loss), share: share(event.validation_accuracy) }), "training");
  }

  function finished({ stopped, steps, seconds, accuracy, interval }) {
    const [share, least, most] = [accuracy, ...(interval ?? [])].map((each) => each === null ? null : percent(each, 2));
    const key = interval ? "training.tested.interval" : "training.tested";
    const tested = accuracy === null ? "" : say(key, { share, count: started?.test ?? 0, least, most });
    over(say(stopped ? "training.stopped" : "training.finished", { steps, seconds }) + tested, true);
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
