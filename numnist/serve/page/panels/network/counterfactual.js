/** Towards: the least change found that makes the drawing another class, as frames to step through. */

import { unpack } from "../arrays.js";
import { Question, askAboutDrawing, modelNamed } from "./asking.js";
import { button, calm, chance, el, oneOf } from "./parts.js";
import { legend, onColours, photograph, picture, range } from "./pictures.js";

const PACE = 220; // milliseconds a frame
const SIDE = 140; // pixels of a picture

export function towards(app) {
  const labels = el("div", { class: "labels", role: "group", "aria-label": "Towards which class" });
  const result = el("div", { class: "towards-result" });
  const shows = el("div", { class: "towards-frames" });
  const sentence = el("p", { class: "note" });
  const slider = el("input", { type: "range", min: 0, value: 0, step: 1, "aria-label": "Frame", oninput: () => { stop(); frame(Number(slider.value)); } });
  const back = button("◀", () => step(-1), { "aria-label": "Frame before" });
  const next = button("▶", () => step(1), { "aria-label": "Next frame" });
  const play = button("Play", () => (timer === null ? start() : stop()));
  const caption = el("p", { class: "towards-caption" });
  let wanted = null; // the label that is asked for
  let shown = null;
  let timer = null;

  shows.append(sentence, el("div", { class: "towards-pictures" }), caption, el("div", { class: "stepper" }, back, slider, next, play));
  shows.hidden = true;
  result.append(shows);
  const element = el(
    "section", { class: "towards" },
    el("h3", {}, "What would make it a …?"),
    el("p", { class: "note" }, "The gradient at the picture says which pixels to change. Followed in small steps, it turns your drawing into what the network takes for another class."),
    labels, result,
  );

  const question = new Question(result, app, {
    ask: () => (wanted === null ? Promise.resolve(null) : askAboutDrawing(app, "/api/towards", { label: wanted })),
    show: (answer) => {
      shown = answer;
      slider.max = answer.frames.length - 1;
      shows.hidden = false;
      sentence.textContent = answer.sentence;
      frame(0);
      app.say(answer.sentence, "towards");
      if (calm()) frame(answer.frames.length - 1);
      else start();
    },
    clear: stop,
  });

  function build() {
    const classes = modelNamed(app)?.classes ?? [];
    wanted = null;
    shows.hidden = true;
    stop();
    labels.replaceChildren(...classes.map((label) => button(label, () => choose(label), { "aria-pressed": false })));
  }

  function choose(label) {
    wanted = label;
    for (const each of labels.children) each.setAttribute("aria-pressed", each.textContent === label);
    question.now();
  }

  function frame(k) {
    const { frames, change } = shown;
    const { picture: packed, label, probability } = frames[k];
    slider.value = k;
    slider.setAttribute("aria-valuetext", `frame ${k + 1} of ${frames.length}: ${oneOf(label)}, ${chance(probability)}`);
    back.disabled = k === 0;
    next.disabled = k === frames.length - 1;
    const now = unpack(packed);
    const [height, width] = now.shape.slice(-2);
    const cell = Math.floor(SIDE / Math.max(height, width));
    const difference = unpack(change);
    shows.children[1].replaceChildren(
      el("figure", {}, photograph(now, { cell, label: `Frame ${k + 1}` }), el("figcaption", {}, "the picture")),
      el(
        "figure", {},
        picture(difference.data, height, width, { cell, signed: true, label: "What was changed in all: plus is more ink, minus is less" }),
        el("figcaption", {}, legend({ ...range(difference.data), signed: true }, "ink")),
      ),
    );
    caption.replaceChildren(`Frame ${k + 1} of ${frames.length}: `, el("strong", {}, oneOf(label)), `, ${chance(probability)}`);
  }

  function step(by) {
    stop();
    frame(Math.max(0, Math.min(shown.frames.length - 1, Number(slider.value) + by)));
  }

  function start() {
    stop();
    if (Number(slider.value) === shown.frames.length - 1) frame(0);
    play.textContent = "Pause";
    timer = setInterval(() => {
      const k = Number(slider.value) + 1;
      frame(k);
      if (k >= shown.frames.length - 1) stop();
    }, PACE);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  }

  app.on("models", build);
  app.on("model", build);
  onColours(() => shown && !shows.hidden && frame(Number(slider.value)));
  build();
  return element;
}
