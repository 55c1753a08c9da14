/** Live prediction: every change of the drawing is classified, and only the newest prediction counts. */

import { askAboutDrawing } from "../base/request.js";

const INTERVAL = 60; // milliseconds between two predictions for a stroke that is being drawn

/**
 * Keeps app.state.drawing and app.state.answer up to date.
 *
 * fail(error or null): of the last request;  wait(whether): true from a change until its prediction or its failure.
 */
export function livePrediction(app, drawing, { fail, wait }) {
  let version = 0; // of the drawing
  let turn = 0; // of the request: older responses are dropped
  let busy = false;
  let last = -Infinity;
  let timer = null; // of the next prediction for a stroke that is being drawn

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

  async function predict() {
    const mine = ++turn;
    wait(true);
    const { blob, blank, version: sent } = app.state.drawing;
    if (!blob || !app.state.model) return;
    try {
      const start = performance.now();
      const answer = await askAboutDrawing(app, "/api/look");
      answer.times.round_trip_ms = performance.now() - start;
      if (mine !== turn) return;
      answer.shown = answer.parts[answer.digit - 1] ?? null; // of several digits the one that the panels show
      if (blank) Object.assign(answer, { blank, label: null, probability: null, parts: [], shown: null }); // "photo" would classify the paper
      fail(null);
      app.set("answer", answer);
    } catch (error) {
      if (mine === turn && error.name !== "AbortError") fail(error);
    } finally {
      if (mine === turn) {
        busy = false;
        wait(timer !== null || sent !== version);
      }
    }
  }

  for (const key of ["drawing", "off", "model", "digit"]) app.on(key, predict);
  publish();
}
