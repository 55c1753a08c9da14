/** Nearest neighbours: the training pictures nearest to the drawing in the network's last hidden layer. */

import { unpack } from "../../base/arrays.js";
import { el, note } from "../../base/dom.js";
import { dataTitle, number, oneOf } from "../../base/format.js";
import { cellSize, photograph } from "../../base/pictures.js";
import { PanelRequest, askAboutDrawing } from "../../base/request.js";

export function neighbours(app) {
  const sentence = note();
  const list = el("ol", { class: "neighbours" });
  const element = el("section", {}, el("h3", {}, "The nearest training pictures"), sentence, list);

  function show(response) {
    sentence.textContent = response.sentence;
    const predicted = app.state.answer?.label;
    list.replaceChildren(...response.neighbours.map(({ label, distance, picture, index }) => {
      const pixels = unpack(picture);
      const same = label === predicted;
      return el(
        "li", { class: same ? "" : "other", title: `picture ${index} of ${dataTitle(response.data)}` },
        photograph(pixels, { cell: cellSize(56, ...pixels.shape.slice(-2)), label: `Picture of ${oneOf(label)}` }),
        el("span", { class: "neighbour-label" }, label, same ? null : el("span", { class: "tag" }, "other")),
        el("span", { class: "note", "aria-label": `distance ${number(distance)}` }, number(distance)),
      );
    }));
  }

  new PanelRequest(element, app, { ask: () => askAboutDrawing(app, "/api/nearest"), show });
  return element;
}
