/** Live prediction: every change of the drawing is classified, and only the newest prediction counts. */

import { ApiError } from "../base/api.js";
import { question } from "../base/question.js";
import { askAboutDrawing } from "../base/request.js";
import { say } from "../base/words.js";

const INTERVAL = 60; // milliseconds between two predictions for a stroke that is being drawn
const PATIENCE = 4000; // milliseconds after which the page says that it waits: a server that hangs refuses nothing

/**
 * Keeps app.state.drawing, app.state.answer and app.state.lost up to date.
 *
 * wait(whether): true from a change until its prediction or its failure.
 */
export function livePrediction(app, drawing, wait) {
  let version = 0; // of the drawing
  let busy = false;
  let last = -Infinity;
  let timer = null; // of the next prediction for a stroke that is being drawn
  let patience = null;
  const asked = question({ ask: look, show, failed, again: predict });

  drawing.onChange(({ live }) => {
    wait(true);
    if (!live) publish();
    else timer ??= setTimeout(whileDrawing, Math.max(0, last + INTERVAL - performance.now()));
  });

  function whileDrawing() {
    if (busy) timer = setTimeout(whileDrawing, INTERVAL / 4); // half a stroke does not cancel a request
    else publish();
  }

  async function publish() {
    clearTimeout(timer);
    timer = null;
    busy = true;
    last = performance.now();
    const mine = ++version;
    const { blank } = drawing;
    const blob = await drawing.png();
    if (mine !== version) return;
    app.state.digit = null; // of this drawing the last
    app.set("drawing", { version: mine, blob, blank });
  }

  function predict() {
    if (!app.state.drawing.blob || !app.state.model) return;
    wait(true);
    patience ??= setTimeout(lose, PATIENCE, new ApiError(0, "slow", say("error.slow")));
    asked.now();
  }

  async function look() {
    const start = performance.now();
    const answer = await askAboutDrawing(app, "/api/look");
    return { ...answer, times: { ...answer.times, round_trip_ms: performance.now() - start } };
  }

  function show(answer) {
    const { blank } = app.state.drawing;
    answer.shown = answer.parts[answer.digit - 1] ?? null; // of several digits the one that the panels show
    if (blank) Object.assign(answer, { blank, label: null, probability: null, parts: [], shown: null }); // "photo" would classify the paper
    settle();
    app.set("lost", null);
    app.set("answer", answer);
  }

  function failed(error) {
    settle();
    lose(error);
  }

  const lose = (error) => app.set("lost", error);

  function settle() {
    clearTimeout(patience);
    patience = null;
    busy = false;
    wait(timer !== null || app.state.drawing.version !== version);
  }

  for (const key of ["drawing", "off", "model", "digit"]) app.on(key, predict);
  publish();
}
