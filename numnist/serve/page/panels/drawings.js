/** Drawings: save a drawing with its true label, and fine-tune the model on what you saved. */

import { button, el, heading, note } from "../base/dom.js";
import { count } from "../base/format.js";
import { classesOf } from "../base/models.js";
import { DRAW_FIRST, address, hasDrawing, panelRequest } from "../base/request.js";
import { say } from "../base/words.js";

export function mount(root, app) {
  const labels = el("div", { class: "labels", role: "group", "aria-labelledby": "true-label" });
  const line = el("p", { class: "saved-line" });
  const undo = button(say("kept.undo"), remove, { hidden: true, class: "quiet" });
  const amounts = el("ul", { class: "amounts" });
  const commands = el("div", { class: "commands" });
  const learn = el("div", { class: "learn-from" });
  const saved = el("div", { class: "saved-drawings" }, el("div", { class: "saved-state" }, amounts, undo), learn, commands);
  let last = { version: null, label: null }; // the drawing that was saved last, and as what
  let busy = false;

  root.append(
    heading(root, say("kept.title"), say("kept.about")),
    el("p", { class: "true-label", id: "true-label" }, say("kept.it_was")), labels, line, saved,
  );

  function build() {
    labels.replaceChildren(...classesOf(app).map((label) => button(label, () => save(label), { "aria-label": say("kept.it_was.label", { label }) })));
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
    return change(() => app.api.post(address(app, "/api/kept", { label }), blob), { version, label }, say("kept.saved", { label }));
  }

  function remove() {
    return change(() => app.api.delete("/api/kept/last"), { version: null, label: null }, say("kept.removed"));
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

  function show(status) {
    const { count: own, labels: each, all } = status;
    undo.hidden = own === 0;
    amounts.replaceChildren(
      el("li", {}, el("strong", {}, say("kept.count", { count: own }))),
      ...Object.entries(each).filter(([, n]) => n > 0).map(([label, n]) => el("li", { class: "amount" }, el("span", {}, label), ` × ${count(n)}`)),
    );
    learn.replaceChildren(...learning(status));
    commands.replaceChildren(...(all?.commands.length ? [onTheCommandLine(all)] : []));
  }

  /** What the model can learn from, or why not yet.  all: what all pages have saved, null on other machines. */
  function learning({ count: own, least, enough, trainable, all }) {
    if (!trainable) return [note(say("kept.untrainable"))];
    const others = Boolean(all && all.count > own && all.commands.length);
    const missing = own < least ? say("kept.least", { least, count: least - own }) : say("kept.two_labels");
    return [
      enough ? learnButton(say("kept.learn", { count: own }), "kept") : note(missing),
      others ? learnButton(say("kept.learn.all", { count: all.count }), "all") : "",
      enough || others ? note(say("kept.tunes")) : "",
    ];
  }

  function learnButton(words, data) {
    return button(words, () => app.set("learn", { from: app.state.model, data }), { class: "primary", disabled: Boolean(app.state.training) });
  }

  /** One training runs at a time. */
  function wait() {
    for (const each of learn.querySelectorAll("button")) each.disabled = app.state.training;
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
  app.on("training", wait);
  start();
  build();
}

/** What the user of the server's machine can do with all drawings there. */
function onTheCommandLine({ folder, count: all, commands }) {
  return el(
    "details", { class: "keys" },
    el("summary", {}, say("kept.commands", { count: all })),
    note(el("code", {}, folder)),
    note(say("kept.fine_tune")),
    ...commands.map(command),
  );
}

/** A shell command with a button that copies it. */
function command(text) {
  const copy = button(say("kept.copy"), async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = say("kept.copied");
    } catch {
      getSelection().selectAllChildren(code);
      copy.textContent = say("kept.selected");
    }
    setTimeout(() => (copy.textContent = say("kept.copy")), 2000);
  }, { class: "quiet", "aria-label": say("kept.copy.command", { command: text }) });
  const code = el("code", {}, text);
  return el("div", { class: "command" }, el("pre", { tabIndex: 0 }, code), copy);
}
