/** Keeping: "it was a 4": drawings with their true labels, and the commands that learn from them. */

import { Question, address, hasDrawing, modelNamed, told } from "./asking.js";
import { button, count, el, heading, oneOf } from "./parts.js";

export function mount(root, app) {
  const labels = el("div", { class: "labels", role: "group", "aria-label": "What it was" });
  const line = el("p", { class: "kept-line" });
  const undo = button("Undo", () => change(() => app.api.delete("/api/kept/last"), "Taken back."), { hidden: true, class: "quiet" });
  const amounts = el("ul", { class: "amounts" });
  const commands = el("div", { class: "commands" });
  const asked = el("div", { class: "kept-shows" }, el("div", { class: "kept-state" }, amounts, undo), commands);
  let keptVersion = null; // of the drawing that was kept last
  let keptLabel = null;
  let busy = false;

  root.append(
    heading(root, "Keep it, and learn from it", "If it was misread (or read well), say what it was. The picture is kept in a folder on this computer, from which you can train."),
    el("p", { class: "it-was", id: "it-was" }, "It was …"), labels,
    line, asked,
  );
  labels.setAttribute("aria-labelledby", "it-was");
  labels.removeAttribute("aria-label");

  function build() {
    const classes = modelNamed(app)?.classes ?? [];
    labels.replaceChildren(...classes.map((label) => button(label, () => keep(label), { "aria-label": `It was ${oneOf(label)}` })));
    follow();
  }

  /** Which label can be given now: none without a drawing, and no second one to a drawing that is kept. */
  function follow() {
    const { drawing, answer } = app.state;
    const already = keptVersion !== null && keptVersion === drawing?.version;
    const can = hasDrawing(app) && !already;
    for (const each of labels.children) {
      each.setAttribute("aria-disabled", !can);
      each.classList.toggle("guess", each.textContent === answer?.label);
      if (already) each.setAttribute("aria-pressed", each.textContent === keptLabel);
      else each.removeAttribute("aria-pressed");
    }
    if (!busy && !already) line.textContent = can ? "" : "Draw something first.";
  }

  async function keep(label) {
    if (busy || !hasDrawing(app) || keptVersion === app.state.drawing.version) return;
    const { version, blob } = app.state.drawing;
    await change(async () => {
      await app.api.post(`/api/kept?${new URLSearchParams({ label, model: app.state.model })}`, blob);
      keptVersion = version;
      keptLabel = label;
    }, `Kept as ${oneOf(label)}.`);
  }

  async function change(doing, words) {
    if (busy) return;
    busy = true;
    try {
      if (doing !== undefined) await doing();
      if (words === "Taken back.") keptVersion = null;
      line.className = "kept-line";
      line.textContent = words;
      app.say(words, "kept");
    } catch (error) {
      line.className = "kept-line failed";
      line.textContent = told(error);
      app.say(told(error), "kept");
    }
    busy = false;
    follow();
    question.now();
  }

  function show({ folder, count: all, least, labels: each, commands: lines }) {
    undo.hidden = all === 0;
    amounts.replaceChildren(
      el("li", {}, el("strong", {}, `${count(all)} kept`), all ? el("code", {}, folder) : null),
      ...Object.entries(each).filter(([, n]) => n > 0).map(([label, n]) => el("li", { class: "amount" }, el("span", {}, label), ` × ${count(n)}`)),
    );
    const missing = least - all;
    const words = missing > 0
      ? `You can train with them from ${least} pictures on: ${missing} to go.`
      : "Give them to the network, and measure it again, on them and on what it knew:";
    commands.replaceChildren(el("p", { class: "note" }, words), ...lines.map(command));
  }

  const question = new Question(asked, app, {
    depends: ["model"],
    ask: () => (app.state.model ? app.api.latest("kept", address(app, "/api/kept")) : Promise.resolve(null)),
    show,
    empty: null,
  });
  app.on("models", build);
  app.on("model", build);
  app.on("drawing", follow);
  app.on("answer", follow);
  build();
}

/** A line for the shell with a button that copies it. */
function command(text) {
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      copy.textContent = "Selected: now Ctrl+C";
    }
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  }, { class: "quiet", "aria-label": `Copy the command ${text}` });
  const code = el("code", {}, text);
  return el("div", { class: "command" }, el("pre", { tabIndex: 0 }, code), copy);
}
