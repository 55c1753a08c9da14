/** Nearest: the pictures of the training data that look most like the drawing to the network. */

import { unpack } from "../arrays.js";
import { Question, askAboutDrawing } from "./asking.js";
import { dataTitle, el, number, oneOf } from "./parts.js";
import { onColours, photograph } from "./pictures.js";

export function nearest(app) {
  const sentence = el("p", { class: "note" });
  const list = el("ol", { class: "neighbours" });
  const element = el("section", { class: "nearest" }, el("h3", {}, "The nearest pictures it learned from"), sentence, list);
  let shown = null;

  function show(answer) {
    shown = answer;
    sentence.textContent = answer.sentence;
    const same = app.state.answer?.label;
    list.replaceChildren(...answer.neighbours.map(({ label, distance, picture, index }) => {
      const pixels = unpack(picture);
      const cell = Math.max(1, Math.floor(56 / Math.max(...pixels.shape.slice(-2))));
      return el(
        "li", { class: label === same ? "" : "other", title: `picture ${index} of ${dataTitle(answer.data)}` },
        photograph(pixels, { cell, label: `Picture of ${oneOf(label)}` }),
        el("span", { class: "neighbour-label" }, label, label === same ? null : el("span", { class: "tag" }, "other")),
        el("span", { class: "note", "aria-label": `distance ${number(distance)}` }, number(distance)),
      );
    }));
  }

  new Question(element, app, { ask: () => askAboutDrawing(app, "/api/nearest"), show });
  onColours(() => shown && show(shown));
  return element;
}
