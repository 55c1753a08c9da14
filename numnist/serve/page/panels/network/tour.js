/** The tour: six stops from the drawing to the softmax, each told in a card; Escape leaves it. */

import { button, el, reducedMotion } from "../../base/dom.js";
import { hasDrawing } from "../../base/request.js";
import { say } from "../../base/words.js";

/**
 * stops(): of each stop its {title, text, target, before}: the element that it is about, and what is done on arrival.
 * The first is the drawing; the tour waits there, and returns there, while nothing is drawn.
 */
export function tour(app, stops) {
  const title = el("h2", { id: "tour-title", tabIndex: -1 });
  const text = el("p", { id: "tour-text" });
  const test = button(say("tour.test"), () => document.querySelector("[data-tool=test]").click(), { class: "quiet" });
  const back = button(say("tour.back"), () => go(at - 1));
  const next = button(say("tour.next"), () => (at === stops().length - 1 ? leave() : go(at + 1)), { class: "primary" });
  const card = el(
    "div", { class: "tour", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-text", hidden: true },
    el("div", { class: "tour-head" }, title, button(say("tour.end"), leave, { class: "quiet", "aria-label": say("tour.leave") })),
    text, el("div", { class: "tour-buttons" }, test, back, next),
  );
  const start = button(say("tour.start"), () => go(0), { class: "tour-start" });
  let at = null; // the number of the stop, null outside the tour
  let marked = null; // the element that is outlined

  function go(k) {
    if (k > 0 && !hasDrawing(app)) return;
    if (!card.isConnected) document.body.append(card);
    at = k;
    card.hidden = false;
    stops()[at].before?.();
    tell();
    marked.scrollIntoView({ block: "start", behavior: reducedMotion() ? "instant" : "smooth" });
    title.focus({ preventScroll: true });
  }

  /** The words of the stop, and its outline. */
  function tell() {
    const all = stops();
    const { title: name, text: words, target } = all[at];
    const waits = at === 0 && !hasDrawing(app);
    title.textContent = say("tour.stop", { number: at + 1, count: all.length, name });
    text.textContent = words;
    test.hidden = !waits;
    back.hidden = at === 0;
    next.textContent = say(at === all.length - 1 ? "tour.end" : "tour.next");
    next.setAttribute("aria-disabled", waits);
    mark(target);
  }

  function mark(element) {
    marked?.classList.remove("tour-here");
    marked = element;
    marked?.classList.add("tour-here");
  }

  function leave() {
    at = null;
    card.hidden = true;
    mark(null);
    start.focus();
  }

  /** What the tour is about has changed. */
  function refresh() {
    if (at === null) return;
    if (at > 0 && !hasDrawing(app)) go(0);
    else tell();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || at === null || event.defaultPrevented) return;
    event.preventDefault();
    leave();
  });
  app.on("drawing", refresh);
  return { start, refresh };
}
