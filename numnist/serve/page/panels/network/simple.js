/** A simple network to begin with: offered beside one of many blocks, and the way back. */

import { button, el } from "../../base/dom.js";
import { modelNamed } from "../../base/models.js";
import { phrase, say } from "../../base/words.js";

const FEW = 3; // blocks of a simple network

export function simpleOffer(app) {
  const line = el("p", { class: "simple note", hidden: true });
  let back = null; // the model to go back to

  function follow() {
    const model = modelNamed(app);
    if (!model) return;
    const others = app.state.models.filter((each) => each !== model && alike(each, model));
    const simple = simplest(others);
    if (model.blocks > FEW) offer(simple, "network.simple");
    else offer(others.find(({ name }) => name === back) ?? others.find(({ blocks }) => blocks > FEW), "network.go_on");
  }

  function offer(model, key) {
    line.hidden = !model;
    if (!model) return;
    const right = model.accuracy === null ? "" : say("network.right", { share: model.accuracy });
    const name = button(model.name, () => change(model.name), { class: "quiet" });
    line.replaceChildren(...phrase(key, { count: model.blocks, model: name, right }));
  }

  function change(name) {
    back = app.state.model;
    app.set("model", name);
  }

  app.on("models", follow);
  app.on("model", follow);
  follow();
  return line;
}

const alike = (a, b) => String(a.classes) === String(b.classes) && String(a.shape) === String(b.shape);

/** The most accurate of the ready models with few blocks, else of all with few. */
function simplest(models) {
  const few = models.filter(({ blocks }) => blocks <= FEW);
  const ready = few.filter(({ source }) => source === "ready");
  return [...(ready.length ? ready : few)].sort((a, b) => (b.accuracy ?? 0) - (a.accuracy ?? 0))[0] ?? null;
}
