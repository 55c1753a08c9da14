/** Tools: the buttons below the pad, and the keys that do the same. */

import { modelNamed } from "../base/models.js";
import { dataTitle, say } from "../base/words.js";
import { testPicture, uploads } from "./sources.js";

const WIDER = 4; // units that a key adds to the brush

/** root: the section with the buttons, found by their names. Returns what keys do while the pad has the focus. */
export function tools(root, drawing, app, fail) {
  const part = (name) => root.querySelector(`[data-tool="${name}"]`);
  const width = part("width");

  function setWidth(units) {
    width.value = units; // which keeps it within the slider's bounds
    drawing.width = width.valueAsNumber;
    root.querySelector("#brush-dot").setAttribute("r", drawing.width / 2);
    width.setAttribute("aria-valuetext", say("draw.width", { width: drawing.width }));
  }

  function erase(on) {
    if (on !== drawing.erasing) app.announce(say(on ? "draw.eraser" : "draw.pen"), "pen");
    drawing.erasing = on;
    part("erase").setAttribute("aria-pressed", on);
    drawing.canvas.classList.toggle("erasing", on);
  }

  function place({ image, ...facts }) {
    drawing.place(image, facts);
    erase(false);
  }

  const test = () => testPicture(app).then(place).catch((error) => error.name === "AbortError" || fail(error));
  const take = uploads(place, (text) => fail(new Error(text)));
  const actions = {
    undo: () => drawing.undo(),
    redo: () => drawing.redo(),
    clear: () => drawing.clear(),
    erase: () => erase(!drawing.erasing),
    test,
    upload: () => part("file").click(),
  };
  for (const [name, action] of Object.entries(actions)) part(name).addEventListener("click", action);
  width.addEventListener("input", () => setWidth(width.value));
  part("file").addEventListener("change", ({ target }) => {
    take(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });

  function show() {
    fail(null);
    part("undo").disabled = !drawing.canUndo;
    part("redo").disabled = !drawing.canRedo;
    part("clear").disabled = drawing.steps.length === 0;
    root.classList.toggle("blank", drawing.blank);
    const { truth = null, data, index } = drawing.steps[0] ?? {};
    const source = () => say("draw.source", { number: String(index + 1), data: dataTitle(data), label: truth });
    root.querySelector("#source").textContent = truth === null ? say("draw.others") : source();
  }
  drawing.onChange(show);

  app.on("model", () => {
    const digits = modelNamed(app).preparation === "digits";
    root.classList.toggle("photos", !digits);
    root.querySelector("#hint").textContent = say(digits ? "draw.hint" : "draw.hint.photo");
    root.querySelector(digits ? ".brush" : ".pad").after(root.querySelector(".sources"));
    part("test").lastElementChild.textContent = say(digits ? "draw.test" : "draw.test.picture");
  });

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input:not([type=range]), textarea")) return;
    const key = event.key.toLowerCase();
    const action = key === "y" || (key === "z" && event.shiftKey) ? actions.redo : key === "z" ? actions.undo : null;
    if (!action) return;
    event.preventDefault();
    action();
  });

  setWidth(drawing.width);
  show();
  const { undo, redo, clear } = actions;
  const wider = (by) => () => setWidth(drawing.width + by);
  const keys = { z: undo, u: undo, y: redo, c: clear, Delete: clear, e: actions.erase, t: test };
  return { ...keys, "+": wider(WIDER), "=": wider(WIDER), "-": wider(-WIDER) };
}
