/** Looking: every change of the drawing is shown to the model, and only the newest answer counts. */

const OFTEN = 60; // milliseconds between two looks at a stroke that is still being drawn

/**
 * Keeps app.state.drawing and app.state.answer up to date.
 *
 * fail(error or null): the last look's error;  wait(whether): from a change until the answer to it, or its failure.
 */
export function looking(app, drawing, { fail, wait }) {
  let version = 0; // of the drawing
  let turn = 0; // of the look: what older ones bring is dropped
  let busy = false;
  let last = -Infinity;
  let waiting = null; // timer of the next look at a stroke that is still being drawn

  drawing.onChange(({ live }) => {
    wait(true);
    if (!live) publish();
    else waiting ??= setTimeout(whileDrawing, Math.max(0, last + OFTEN - performance.now()));
  });

  function whileDrawing() {
    if (busy) waiting = setTimeout(whileDrawing, OFTEN / 4); // half a stroke waits for its turn
    else publish();
  }

  async function publish() {
    clearTimeout(waiting);
    waiting = null;
    busy = true;
    last = performance.now();
    const mine = ++version;
    const { blank } = drawing;
    const { truth = null } = drawing.steps[0] ?? {};
    const blob = await drawing.png();
    if (mine === version) app.set("drawing", { version: mine, blob, blank, truth });
  }

  async function look() {
    const mine = ++turn;
    wait(true);
    const { blob, blank, version: seen } = app.state.drawing;
    if (!blob || !app.state.model) return;
    try {
      const answer = await asked(blob);
      if (mine !== turn) return;
      if (blank) Object.assign(answer, { blank, label: null, probability: null }); // "photo" would read the paper
      fail(null);
      app.set("answer", { ...answer, version: seen });
    } catch (error) {
      if (mine === turn && error.name !== "AbortError") fail(error);
    } finally {
      if (mine === turn) {
        busy = false;
        wait(waiting !== null || seen !== version);
      }
    }
  }

  async function asked(blob) {
    const query = new URLSearchParams({ model: app.state.model });
    if (app.state.off.size) query.set("off", [...app.state.off].join(","));
    const start = performance.now();
    const answer = await app.api.latest("look", `/api/look?${query}`, blob);
    answer.times.round_trip_ms = performance.now() - start;
    return answer;
  }

  for (const key of ["drawing", "off", "model"]) app.on(key, look);
  publish();
}
