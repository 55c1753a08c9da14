/** Counterfactual: a small change that makes the drawing another class, as frames to step through. */

import { clamp, range, unpack } from "../../base/arrays.js";
import { button, el, note, reducedMotion } from "../../base/dom.js";
import { classesOf } from "../../base/models.js";
import { cellSize, legend, photograph, picture } from "../../base/pictures.js";
import { askAboutDrawing, panelRequest } from "../../base/request.js";
import { oneOf, phrase, say, serverWords } from "../../base/words.js";

const PACE = 220; // milliseconds a frame
const SIDE = 140; // pixels of a picture

export function counterfactual(app) {
  const labels = el("div", { class: "labels", role: "group", "aria-label": say("change.target") });
  const sentence = note();
  const pictures = el("div", { class: "counterfactual-pictures" });
  const caption = el("p", { class: "counterfactual-caption" });
  const slider = el("input", { type: "range", min: 0, value: 0, step: 1, "aria-label": say("change.frame"), oninput: () => go(Number(slider.value)) });
  const back = button("◀", () => go(Number(slider.value) - 1), { "aria-label": say("change.previous") });
  const next = button("▶", () => go(Number(slider.value) + 1), { "aria-label": say("change.next") });
  const play = button(say("change.play"), () => (timer === null ? start() : stop()));
  const frames = el(
    "div", { class: "counterfactual-frames", hidden: true },
    sentence, pictures, caption, el("div", { class: "stepper" }, back, slider, next, play),
  );
  const result = el("div", { class: "counterfactual-result" }, frames);
  let target = null; // the class that is asked for
  let shown = null;
  let timer = null;

  const element = el(
    "section", { class: "counterfactual" },
    el("h3", {}, say("change.title")),
    note(say("change.about")),
    labels, result,
  );

  const ask = panelRequest(result, app, {
    ask: () => (target === null ? null : askAboutDrawing(app, "/api/towards", { label: target })),
    show: (response) => {
      shown = response;
      slider.max = last();
      frames.hidden = false;
      sentence.textContent = serverWords(response);
      frame(0);
      app.announce(serverWords(response), "counterfactual");
      if (reducedMotion()) frame(last());
      else start();
    },
    clear: stop,
  });

  const last = () => shown.frames.length - 1;

  function build() {
    target = null;
    frames.hidden = true;
    stop();
    labels.replaceChildren(...classesOf(app).map((label) => button(label, () => choose(label), { "aria-pressed": false })));
  }

  function choose(label) {
    target = label;
    for (const each of labels.children) each.setAttribute("aria-pressed", each.textContent === label);
    ask();
  }

  function frame(k) {
    const { picture: packed, label, probability } = shown.frames[k];
    const position = { number: k + 1, count: last() + 1, share: probability };
    slider.value = k;
    slider.setAttribute("aria-valuetext", say("change.at", { ...position, label }));
    back.disabled = k === 0;
    next.disabled = k === last();
    const now = unpack(packed);
    const [height, width] = now.shape.slice(-2);
    const cell = cellSize(SIDE, height, width);
    const { data: change } = unpack(shown.change);
    const about = say("change.whole");
    pictures.replaceChildren(
      el("figure", {}, photograph(now, { cell, label: say("change.frame.number", { number: k + 1 }) }), el("figcaption", {}, say("change.picture"))),
      el(
        "figure", {}, picture(change, height, width, { cell, signed: true, label: about }),
        el("figcaption", {}, legend({ ...range(change), signed: true }, say("change.ink"))),
      ),
    );
    caption.replaceChildren(...phrase("change.caption", { ...position, label: el("strong", {}, oneOf(label)) }));
  }

  function go(k) {
    stop();
    frame(clamp(k, 0, last()));
  }

  function start() {
    stop();
    if (Number(slider.value) === last()) frame(0);
    play.textContent = say("change.pause");
    timer = setInterval(() => {
      const k = Number(slider.value) + 1;
      frame(k);
      if (k >= last()) stop();
    }, PACE);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = say("change.play");
  }

  app.on("model", build);
  build();
  return element;
}
