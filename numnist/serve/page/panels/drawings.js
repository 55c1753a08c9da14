/** Drawings: save a drawing with its true label, and the commands that fine-tune a model on what you saved. */

import { button, el, heading, note } from "../base/dom.js";
import { count, oneOf } from "../base/format.js";
import { classesOf } from "../base/models.js";
import { DRAW_FIRST, address, hasDrawing, panelRequest } from "../base/request.js";

export function mount(root, app) {
  const labels = el("div", { class: "labels", role: "group", "aria-labelledby": "true-label" });
  const line = el("p", { class: "saved-line" });
  const undo = button("Undo", remove, { hidden: true, class: "quiet" });
  const amounts = el("ul", { class: "amounts" });
  const commands = el("div", { class: "commands" });
  const saved = el("div", { class: "saved-drawings" }, el("div", { class: "saved-state" }, amounts, undo), commands);
  let last = { version: null, label: null }; // the drawing that was saved last, and as what
  let busy = false;

  root.append(
    heading(root, "Save your drawings", "Was the prediction wrong (or right)? Say what you drew. The picture is saved in a folder on this computer, and you can train with it."),
    el("p", { class: "true-label", id: "true-label" }, "It was …"), labels, line, saved,
  );

  function build() {
    labels.replaceChildren(...classesOf(app).map((label) => button(label, () => save(label), { "aria-label": `It was ${oneOf(label)}` })));
    follow();
  }

  const isSaved = () => last.version === app.state.drawing.version;

  /** Labels can be chosen once for each drawing, and not without one. */
  function follow() {
    for (const each of labels.children) {
      each.setAttribute("aria-disabled", !hasDrawing(app) || isSaved());
      each.classList.toggle("guess", each.textContent === app.state.answer?.shown?.label);
      if (isSaved()) each.setAttribute("aria-pressed", each.textContent === last.label);
      else each.removeAttribute("aria-pressed");
    }
  }

  function start() {
    tell(hasDrawing(app) ? "" : DRAW_FIRST);
    follow();
  }

  function tell(text, bad = false) {
    line.textContent = text;
    line.classList.toggle("failed", bad);
  }

  function save(label) {
    if (!hasDrawing(app) || isSaved()) return;
    const { version, blob } = app.state.drawing;
    return change(() => app.api.post(address(app, "/api/kept", { label }), blob), { version, label }, `Saved as ${oneOf(label)}.`);
  }

  function remove() {
    return change(() => app.api.delete("/api/kept/last"), { version: null, label: null }, "Removed.");
  }

  /** Send the request; then `drawing` is what was saved last. */
  async function change(request, drawing, words) {
    if (busy) return;
    busy = true;
    try {
      await request();
      last = drawing;
      tell(words);
    } catch (error) {
      tell(error.message, true);
    }
    app.announce(line.textContent, "saved");
    busy = false;
    follow();
    reload();
  }

  function show({ folder, count: all, least, labels: each, commands: lines }) {
    undo.hidden = all === 0;
    amounts.replaceChildren(
      el("li", {}, el("strong", {}, `${count(all)} saved`), all ? el("code", {}, folder) : null),
      ...Object.entries(each).filter(([, n]) => n > 0).map(([label, n]) => el("li", { class: "amount" }, el("span", {}, label), ` × ${count(n)}`)),
    );
    const words = least > all
      ? `You can train with at least ${least} pictures: ${least - all} to go.`
      : "Fine-tune the model on them, then evaluate it on them and on its own test set:";
    commands.replaceChildren(note(words), ...lines.map(command));
  }

  const reload = panelRequest(saved, app, {
    depends: ["model"],
    ask: () => (app.state.model ? app.api.latest("kept", address(app, "/api/kept")) : null),
    show,
    empty: null,
  });
  app.on("model", build);
  app.on("drawing", start);
  app.on("answer", follow);
  start();
  build();
}

/** A shell command with a button that copies it. */
function command(text) {
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      copy.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  }, { class: "quiet", "aria-label": `Copy the command ${text}` });
  const code = el("code", {}, text);
  return el("div", { class: "command" }, el("pre", { tabIndex: 0 }, code), copy);
}
