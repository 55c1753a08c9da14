/** Learning: a small training run to watch: its loss, its accuracy, its filters, and its answer to the drawing. */

import { Question, hasDrawing, told } from "./asking.js";
import { el, heading } from "./parts.js";
import { keep } from "./learning-keep.js";
import { order } from "./learning-order.js";
import { watch } from "./learning-watch.js";

const PAUSE = 200; // milliseconds after the last stroke before the training is told of it

export function mount(root, app) {
  const form = order(app, (wanted) => begin(wanted));
  const keeping = keep(app);
  const show = watch(app, { stop, ended });
  const asked = el("div", { class: "learning-asked" }, form.element);
  let id = null;
  let timer = null;

  root.append(
    heading(root, "Watch it learn", "Train a network here and now, from random weights or from a model. Every curve is drawn from the same stream of events that the command line reads."),
    asked, show.element, keeping.element,
  );

  async function begin(wanted) {
    form.busy(true);
    keeping.close();
    try {
      ({ id } = await app.api.post("/api/learning", wanted));
      follow();
    } catch (error) {
      form.busy(false);
      form.failed(told(error));
      if (error.status === 409) question.now();
    }
  }

  function follow() {
    form.busy(true);
    show.open(id);
    send();
  }

  async function send() {
    if (id === null || !show.running || !hasDrawing(app)) return;
    try {
      await app.api.put(`/api/learning/${id}/drawing`, app.state.drawing.blob);
    } catch (error) {
      show.note(told(error));
    }
  }

  async function stop() {
    try {
      await app.api.post(`/api/learning/${id}/stop`, {});
    } catch (error) {
      show.note(told(error));
    }
  }

  function ended(kept) {
    form.busy(false);
    if (kept) keeping.open(id);
  }

  const question = new Question(asked, app, {
    depends: [],
    ask: () => app.api.get("/api/learning"),
    show: ({ choices, running, to_keep: waiting }) => {
      form.offer(choices);
      const there = running ?? waiting; // begun on another page, or before this one was loaded anew
      if (there === null || there === id) return;
      id = there;
      follow();
    },
    empty: null,
  });
  app.on("drawing", () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  });
}
