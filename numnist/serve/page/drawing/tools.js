/** Tools: the buttons beside the sheet, and the keys that do the same. */

import { incoming, testPicture } from "./incoming.js";
import { chosen } from "./models.js";
import { dataTitle } from "./panels/parts.js";

const OTHERWISE = "Or paste a picture, or drop it anywhere.";
const WIDTHS = { step: 4, least: 8, most: 48 }; // of the brush, in units

/** root: the section with the buttons, found by their names. Answers what single keys do while the sheet has the focus. */
export function tools(root, drawing, app, fail) {
  const part = (name) => root.querySelector(`[data-tool="${name}"]`);
  const width = part("width");
  const source = root.querySelector("#source");

  function brush(units) {
    drawing.width = Math.min(WIDTHS.most, Math.max(WIDTHS.least, units));
    width.value = drawing.width;
    root.querySelector("#brush-dot").setAttribute("r", drawing.width / 2);
    width.setAttribute("aria-valuetext", `${drawing.width} of 280`);
  }

  function erase(on) {
    if (on !== drawing.erasing) app.say(on ? "Eraser." : "Pen.", "pen");
    drawing.erasing = on;
    part("erase").setAttribute("aria-pressed", on);
    drawing.canvas.classList.toggle("erasing", on);
  }

  function place(image, facts) {
    drawing.place(image, facts);
    erase(false);
  }

  async function test() {
    try {
      place(...(await testPicture(app)));
    } catch (error) {
      if (error.name !== "AbortError") fail(error);
    }
  }

  const take = incoming(place, (text) => fail(new Error(text)));
  const acts = {
    undo: () => drawing.undo(),
    redo: () => drawing.redo(),
    clear: () => drawing.clear(),
    erase: () => erase(!drawing.erasing),
    test,
    upload: () => part("file").click(),
  };
  for (const [name, act] of Object.entries(acts)) part(name).addEventListener("click", act);
  width.addEventListener("input", () => brush(Number(width.value)));
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
    source.textContent = truth === null ? OTHERWISE : `Test picture ${index + 1} of ${dataTitle(data)}: its label is ${truth}.`;
  }
  drawing.onChange(show);

  function forModel() {
    const digits = chosen(app).preparation === "digits";
    root.classList.toggle("photos", !digits);
    root.querySelector("#hint").textContent = digits ? "Draw a digit here" : "Drop a photo here, or take a test picture";
    root.querySelector(digits ? ".brush" : ".sheet-of-paper").after(root.querySelector(".sources"));
    part("test").lastElementChild.textContent = digits ? "Test digit" : "Test picture";
  }
  app.on("model", forModel);

  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.matches("input:not([type=range]), textarea")) return;
    const key = event.key.toLowerCase();
    const act = key === "y" || (key === "z" && event.shiftKey) ? acts.redo : key === "z" ? acts.undo : null;
    if (!act) return;
    event.preventDefault();
    act();
  });

  brush(drawing.width);
  show();
  const { undo, redo, clear } = acts;
  const wider = (by) => () => brush(drawing.width + by);
  const keys = { z: undo, u: undo, y: redo, c: clear, Delete: clear, e: acts.erase, t: test };
  return { ...keys, "+": wider(WIDTHS.step), "=": wider(WIDTHS.step), "-": wider(-WIDTHS.step) };
}
