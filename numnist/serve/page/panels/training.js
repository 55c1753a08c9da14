/** Training: start a small training and watch its loss, its accuracy, its filters and its prediction for the drawing. */

import { el, heading } from "../base/dom.js";
import { hasDrawing, panelRequest } from "../base/request.js";
import { say } from "../base/words.js";
import { trainingForm } from "./training/form.js";
import { monitor } from "./training/monitor.js";
import { saveForm } from "./training/save.js";

const PAUSE = 200; // milliseconds after the last stroke before the drawing is sent to the training

export function mount(root, app) {
  const form = trainingForm(app, begin);
  const save = saveForm(app);
  const progress = monitor(app, { stop: () => tell(app.api.post(`/api/learning/${id}/stop`, {})), ended });
  const choices = el("div", {}, form.element);
  let id = null;
  let own = false; // whether this page has started it, and can keep its model
  let timer = null;

  root.append(
    heading(root, say("training.title"), say("training.about")),
    choices, progress.element, save.element,
  );

  async function begin(wanted) {
    if (progress.running) return;
    form.busy(true);
    save.close();
    try {
      ({ id } = await app.api.post("/api/learning", wanted));
      follow({ yours: true, may_stop: true });
    } catch (error) {
      form.busy(false);
      form.failed(error.message);
      if (error.status === 409) offer();
    }
  }

  function follow(whose) {
    own = whose.yours;
    form.busy(true);
    progress.open(id);
    progress.allow(whose);
    app.set("training", true);
    sendDrawing();
  }

  function sendDrawing() {
    if (id !== null && progress.running && hasDrawing(app)) tell(app.api.put(`/api/learning/${id}/drawing`, app.state.drawing.blob));
  }

  const tell = (request) => request.catch((error) => progress.note(error.message));

  function ended(good) {
    form.busy(false);
    if (good && own) save.open(id);
    app.set("training", false);
  }

  const offer = panelRequest(choices, app, {
    depends: [],
    ask: () => app.api.get("/api/learning"),
    show: ({ choices: offered, running, yours, may_stop, to_keep: unsaved }) => {
      form.offer(offered);
      const there = running ?? unsaved; // begun on another page, or before this one was reloaded
      if (there === null || there === id) return;
      id = there;
      follow(running === null ? { yours: true, may_stop: true } : { yours, may_stop });
    },
    empty: null,
  });
  app.on("learn", (wanted) => {
    root.scrollIntoView();
    begin(wanted);
  });
  app.on("drawing", () => {
    clearTimeout(timer);
    timer = setTimeout(sendDrawing, PAUSE);
  });
}
