/** The watch: one training's events as they come: progress, curves, filters, and what it makes of the drawing. */

import { unpack } from "../arrays.js";
import { Curves } from "./curves.js";
import { Opinion } from "./opinion.js";
import { button, count, dataTitle, el, number, percent } from "./parts.js";
import { legend, onColours, picture, range } from "./pictures.js";

export function watch(app, { stop, ended }) {
  const state = el("p", { class: "learning-state" });
  const bar = el("progress", { max: 1, value: 0, "aria-label": "Steps done" });
  const halt = button("Stop", () => {
    halt.disabled = true;
    stop();
  });
  const note = el("p", { class: "note learning-note" });
  const curves = new Curves();
  const opinion = new Opinion();
  const filters = el("div", { class: "filters" });
  const filterWords = el("div");
  const rows = el("tbody");
  const table = el(
    "table", { class: "epochs" }, el("caption", { class: "hidden-words" }, "Every epoch"),
    el("thead", {}, el("tr", {}, ["epoch", "loss", "accuracy", "validation loss", "validation accuracy", "seconds"].map((name) => el("th", { scope: "col" }, name)))),
    rows,
  );
  const element = el(
    "div", { class: "learning-shows", hidden: true },
    el("div", { class: "learning-now" }, state, halt), bar, note, curves.element,
    el("div", { class: "panel-pair" }, opinion.element, el("section", { class: "learning-filters" }, el("h3", {}, "What the first layer looks for"), filterWords, filters)),
    el("div", { class: "scrolls", tabIndex: 0, role: "region", "aria-label": "The epochs so far" }, table),
  );
  let stream = null;
  let started = null;
  let weights = null;
  const self = { element, open, note: (text) => (note.textContent = text), running: false };

  function open(id) {
    stream?.close();
    self.running = true;
    element.hidden = false;
    rows.replaceChildren();
    filters.replaceChildren();
    filterWords.replaceChildren(el("p", { class: "note" }, "They come with the first step."));
    curves.clear();
    opinion.clear();
    weights = null;
    bar.value = 0;
    halt.hidden = halt.disabled = false;
    state.textContent = "Getting the pictures ready …";
    note.textContent = "";
    stream = new EventSource(`/api/learning/${id}/events`);
    for (const [kind, listener] of Object.entries({ start, step, filters: filtersCame, drawing, epoch, finished, failed })) {
      stream.addEventListener(kind, (event) => {
        note.textContent = "";
        listener(JSON.parse(event.data));
      });
    }
    stream.onerror = () => {
      if (!self.running) return;
      if (stream.readyState === EventSource.CLOSED) over("The server ended the stream: this training is gone.", false);
      else note.textContent = "The connection is cut; trying again by itself, from where it was.";
    };
  }

  function start(event) {
    started = event;
    const from = event.from ? `from ${event.from}` : "from fresh weights";
    state.textContent = `${event.recipe} ${from} on ${count(event.train)} pictures of ${dataTitle(event.data)}`;
    curves.start(event);
    opinion.start(event);
    app.say(`Training ${event.recipe} started: ${event.epochs} epochs, ${event.steps} steps.`, "learning");
  }

  function step(event) {
    bar.max = event.steps;
    bar.value = event.step;
    state.textContent = `Step ${count(event.step)} of ${count(event.steps)}, epoch ${event.epoch} of ${started?.epochs ?? "?"}`;
    curves.step(event);
  }

  function filtersCame({ picture: packed }) {
    weights = unpack(packed);
    const [units, height, width] = weights.shape;
    const scale = { ...range(weights.data), signed: true };
    const cell = Math.max(1, Math.floor(46 / Math.max(height, width)));
    filterWords.replaceChildren(legend(scale, "weight"));
    filters.replaceChildren(...Array.from({ length: units }, (_, k) => picture(
      weights.data.subarray(k * height * width, (k + 1) * height * width), height, width, { ...scale, cell, label: `Weights of unit ${k}` },
    )));
  }

  function drawing(event) {
    opinion.heard(event);
  }

  function epoch(event) {
    curves.epoch(event);
    const share = (value) => (value === null ? "–" : percent(value, 2));
    rows.append(el(
      "tr", {}, el("th", { scope: "row" }, event.epoch), ...[
        number(event.loss), share(event.accuracy), event.validation_loss === null ? "–" : number(event.validation_loss),
        share(event.validation_accuracy), event.seconds.toFixed(1),
      ].map((text) => el("td", { class: "number" }, text)),
    ));
    app.say(`Epoch ${event.epoch}: loss ${number(event.loss)}, validation ${share(event.validation_accuracy)}.`, "learning");
  }

  function finished(event) {
    const tested = event.accuracy === null ? "" : ` ${percent(event.accuracy, 2)} of ${count(started?.test ?? 0)} test pictures read right${between(event.interval)}.`;
    over(`${event.stopped ? "Stopped" : "Finished"} after ${count(event.steps)} steps, ${event.seconds.toFixed(1)} s.${tested}`, true);
  }

  function failed({ message }) {
    over(`The training failed: ${message}`, false);
  }

  function over(text, good) {
    self.running = false;
    stream.close();
    halt.hidden = true;
    state.textContent = text;
    note.textContent = "";
    state.classList.toggle("failed", !good);
    app.say(text, "learning");
    ended(good);
  }

  onColours(() => {
    curves.draw();
    opinion.draw();
    if (weights) filters.querySelectorAll("canvas").forEach((canvas, k) => {
      const [, height, width] = weights.shape;
      const cell = Math.max(1, Math.floor(46 / Math.max(height, width)));
      canvas.replaceWith(picture(weights.data.subarray(k * height * width, (k + 1) * height * width), height, width, { ...range(weights.data), signed: true, cell, label: `Weights of unit ${k}` }));
    });
  });
  return self;
}

function between(interval) {
  return interval ? ` (95% confidence ${percent(interval[0], 2)} to ${percent(interval[1], 2)})` : "";
}
