/** Requests of panels: sent only while the panel is visible, after a pause in drawing, and repeated while the server is busy. */

import { button, el } from "./dom.js";
import { capital } from "./format.js";

const PAUSE = 180; // milliseconds after the last change: strokes come in bursts
export const DRAW_FIRST = "Draw something first.";

/**
 * A request that is sent again when what it depends on changes.
 *
 *   root     the element that shows the response; a line for waiting and errors is added to it
 *   depends  the keys of app.state that make a response stale
 *   ask      () → promise of the response, or null if there is nothing to ask
 *   show     (response) → shows it
 *   empty    the text for an empty drawing; null if the request needs no drawing
 *   clear    called when the drawing is empty
 */
export class PanelRequest {
  constructor(root, app, { depends = ["answer"], ask, show, empty = DRAW_FIRST, clear = () => {} }) {
    Object.assign(this, { root, app, ask, show, empty, clear });
    this.line = el("p", { class: "request", hidden: true });
    root.append(this.line);
    root.classList.toggle("is-empty", empty !== null); // until the first response
    this.turn = 0; // of the newest request: older responses are dropped
    this.stale = true;
    this.visible = false;
    for (const key of depends) app.on(key, () => this.refresh());
    new IntersectionObserver((entries) => {
      this.visible = entries.at(-1).isIntersecting;
      if (this.visible && this.stale) this.#schedule(0);
    }, { rootMargin: "120px" }).observe(root);
  }

  /** What is shown is stale: ask again as soon as it is visible. */
  refresh() {
    this.stale = true;
    this.turn += 1;
    if (this.visible) this.#schedule(PAUSE);
  }

  /** The user wants it: ask at once, visible or not. */
  now() {
    this.turn += 1;
    this.#schedule(0);
  }

  #schedule(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), milliseconds);
  }

  async #ask() {
    const turn = ++this.turn;
    this.stale = false;
    if (this.empty !== null && !hasDrawing(this.app)) {
      this.root.classList.add("is-empty");
      this.clear();
      return this.#done(this.empty);
    }
    this.root.setAttribute("aria-busy", "true");
    try {
      const response = await this.ask();
      if (turn !== this.turn) return;
      this.root.classList.remove("is-empty");
      if (response !== null) this.show(response);
      this.#done("");
    } catch (error) {
      if (turn === this.turn && error.name !== "AbortError") this.#failed(error);
    }
  }

  #failed(error) {
    if (error.status !== 503) {
      this.#done(error.message, "failed", button("Try again", () => this.now()));
      return this.app.announce(error.message);
    }
    this.stale = true;
    this.root.classList.add("is-empty"); // what is shown may be another model's
    this.#say(`${capital(error.message.replace(/[:.](\s.*)?$/s, ""))}; it will appear here.`, "waits");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.visible && this.#ask(), 1000 * Math.max(1, error.retryAfter ?? 1));
  }

  #done(...words) {
    this.#say(...words);
    this.root.setAttribute("aria-busy", "false");
  }

  #say(text, kind = "", ...more) {
    this.line.hidden = !text;
    this.line.className = `request ${kind}`;
    this.line.replaceChildren(text, ...more);
  }
}

/** Whether there is a drawing to ask about. */
export const hasDrawing = ({ state: { drawing } }) => Boolean(drawing.blob && !drawing.blank);

/** A path with the model in use and the parameters that have a value as its query. */
export function address(app, path, parameters = {}) {
  const query = new URLSearchParams({ model: app.state.model });
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined) query.set(name, value);
  }
  return `${path}?${query}`;
}

/** POST the drawing, with the preprocessing steps that are off; an earlier request of the same name is cancelled. */
export function askAboutDrawing(app, path, parameters = {}, name = path) {
  const off = [...app.state.off].join(",") || null;
  return app.api.latest(name, address(app, path, { off, ...parameters }), app.state.drawing.blob);
}
