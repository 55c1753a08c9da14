/** Requests of panels: sent only while the panel is visible, and after a pause in drawing. */

import { button, el } from "./dom.js";
import { capital } from "./format.js";
import { question } from "./question.js";
import { say } from "./words.js";

const PAUSE = 180; // milliseconds after the last change: strokes come in bursts
export const DRAW_FIRST = say("request.draw_first");

/**
 * A request that is sent again when what it depends on changes. Returns now(), which sends it at once, and again until
 * it is answered, visible or not.
 *
 *   root     the element that shows the response; a line for waiting and errors is added to it
 *   depends  the keys of app.state that make a response stale
 *   ask      () → promise of the response, or null if there is nothing to ask
 *   show     (response) → shows it
 *   empty    the text for an empty drawing; null if the request needs no drawing
 *   clear    called when the drawing is empty
 */
export function panelRequest(root, app, { depends = ["answer"], ask, show, empty = DRAW_FIRST, clear = () => {} }) {
  const line = el("p", { class: "request", hidden: true });
  let stale = true;
  let visible = false;
  let wanted = false; // by now(), and not answered yet
  let timer = null;
  const asked = question({ ask, show: answered, failed, again: () => (visible || wanted) && send() });

  root.append(line);
  root.classList.toggle("is-empty", empty !== null); // until the first response
  for (const key of depends) app.on(key, () => changed() || (visible && schedule(PAUSE)));
  if (depends.includes("answer")) app.on("lost", (error) => error && lost(error));
  new IntersectionObserver((entries) => {
    visible = entries.at(-1).isIntersecting;
    if (visible && stale) schedule(0);
  }, { rootMargin: "120px" }).observe(root);

  function changed() {
    stale = true;
    wanted = false;
    asked.drop();
  }

  /** There is no answer for the drawing: what is shown is an older one's. */
  function lost(error) {
    changed();
    clearTimeout(timer);
    emptied();
    done(error.message);
  }

  /** Nothing is shown until the next response, at the same height: else the page, and the drawing with it, would move. */
  function emptied() {
    if (!root.classList.contains("is-empty")) root.style.minHeight = `${root.offsetHeight}px`;
    root.classList.add("is-empty");
  }

  function now() {
    wanted = true;
    asked.drop();
    schedule(0);
  }

  function schedule(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(send, milliseconds);
  }

  function send() {
    stale = false;
    if (empty !== null && !hasDrawing(app)) {
      asked.drop();
      emptied();
      clear();
      return done(empty);
    }
    root.setAttribute("aria-busy", "true");
    asked.now();
  }

  function answered(response) {
    wanted = false;
    root.classList.remove("is-empty");
    if (response !== null) show(response);
    done("");
    root.style.minHeight = "";
  }

  function failed(error, passing) {
    if (!passing) {
      wanted = false;
      done(error.message, "failed", button(say("request.again"), now));
      return app.announce(error.message);
    }
    stale = true;
    emptied(); // what is shown may be another model's
    if (error.status === 0) return done(error.message, "failed", button(say("request.now"), now));
    tell(say("request.later", { what: capital(error.message.replace(/[:.](\s.*)?$/s, "")) }), "waits");
  }

  function done(...words) {
    tell(...words);
    root.setAttribute("aria-busy", "false");
  }

  function tell(text, kind = "", ...more) {
    line.hidden = !text;
    line.className = `request ${kind}`;
    line.replaceChildren(text, ...more);
  }

  return now;
}

/** Whether there is a drawing to ask about. */
export const hasDrawing = ({ state: { drawing } }) => Boolean(drawing.blob && !drawing.blank);

/** A path with the model in use and the parameters that have a value as its query. */
export function address(app, path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  return `${path}?${new URLSearchParams({ model: app.state.model, ...Object.fromEntries(given) })}`;
}

/** POST the drawing, with the preprocessing steps that are off and the digit that is shown; an earlier request of the same name is cancelled. */
export function askAboutDrawing(app, path, parameters = {}, name = path) {
  const off = [...app.state.off].join(",") || null;
  return app.api.latest(name, address(app, path, { off, digit: app.state.digit, ...parameters }), app.state.drawing.blob);
}
