/** Asking: a panel's question to the server: only while it can be seen, after the strokes, and again while it waits. */

import { button, capital, el } from "./parts.js";

const PAUSE = 180; // milliseconds after the last change: strokes come in bursts
const NOTHING = "Draw something first.";

/**
 * A question that is asked anew when what it depends on changes.
 *
 *   root     the element that shows the answer; the question adds a line to it that says what is awaited or failed
 *   depends  the keys of app.state that make an answer old
 *   ask      () → promise of the answer; null where there is nothing to ask
 *   show     (answer) → shows it
 *   empty    the words for an empty drawing; null for questions that need none
 */
export class Question {
  constructor(root, app, { depends = ["answer"], ask, show, empty = NOTHING, clear = () => {} }) {
    Object.assign(this, { root, app, ask, show, empty, clear });
    this.line = el("p", { class: "asking", hidden: true });
    root.append(this.line);
    root.classList.toggle("is-empty", empty !== null); // until there is an answer
    this.turn = 0; // of the question asked last: older answers are dropped
    this.old = true;
    this.seen = false;
    for (const key of depends) app.on(key, () => this.again());
    new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
      if (this.seen && this.old) this.#soon(0);
    }, { rootMargin: "120px" }).observe(root);
  }

  /** What is shown is old: ask again as soon as it can be seen. */
  again() {
    this.old = true;
    this.turn += 1;
    if (this.seen) this.#soon(PAUSE);
  }

  /** The reader wants it: ask at once, wherever on the page it stands. */
  now() {
    this.turn += 1;
    this.#soon(0);
  }

  #soon(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), pause);
  }

  async #ask() {
    if (this.empty !== null && !hasDrawing(this.app)) {
      this.old = false;
      this.turn += 1;
      this.root.setAttribute("aria-busy", "false");
      this.root.classList.add("is-empty");
      this.clear();
      return this.#say(this.empty);
    }
    const turn = ++this.turn;
    this.old = false;
    this.root.setAttribute("aria-busy", "true");
    try {
      const answer = await this.ask();
      if (turn !== this.turn) return;
      this.root.classList.remove("is-empty");
      this.#say("");
      if (answer !== null) this.show(answer);
      this.root.setAttribute("aria-busy", "false");
    } catch (error) {
      if (turn !== this.turn || error.name === "AbortError") return;
      this.#failed(error);
    }
  }

  #failed(error) {
    if (error.status === 503) {
      const seconds = Math.max(1, Number(error.retryAfter) || 1);
      this.old = true;
      this.root.classList.add("is-empty"); // what stands there may be another model's
      this.#say(`${capital(error.message.replace(/[:.].*/s, ""))}; it will appear by itself.`, "waits");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.seen && this.#ask(), 1000 * seconds);
      return;
    }
    this.root.setAttribute("aria-busy", "false");
    this.#say(told(error), "failed", button("Try again", () => this.now()));
  }

  #say(text, kind = "", ...more) {
    this.line.hidden = !text;
    this.line.className = `asking ${kind}`;
    this.line.replaceChildren(text, ...more);
    if (kind === "failed") this.app.say(text);
  }
}

/** Whether there is a drawing to ask about. */
export function hasDrawing(app) {
  const { drawing } = app.state;
  return Boolean(drawing && drawing.blob && !drawing.blank);
}

/** An error in words for the reader. */
export function told(error) {
  if (typeof error.status === "number" && error.status > 0) return error.message;
  return "The server does not answer. Is numnist serve still running?";
}

/** The address of a question about the drawing: the model, and which steps of preparation are off. */
export function address(app, path, more = {}) {
  const query = new URLSearchParams({ model: more.model ?? app.state.model });
  if (app.state.off?.size) query.set("off", [...app.state.off].join(","));
  for (const [name, value] of Object.entries(more)) {
    if (name !== "model" && value !== null && value !== undefined) query.set(name, value);
  }
  return `${path}?${query}`;
}

/** Ask about the drawing; an earlier question of the same name is dropped. */
export function askAboutDrawing(app, path, more = {}, name = path) {
  return app.api.latest(name, address(app, path, more), app.state.drawing.blob);
}

/** What /api/models says of a model, the chosen one by default. */
export function modelNamed(app, name = app.state.model) {
  return app.state.models?.find?.((model) => model.name === name);
}
