/** Compare: the drawing beside its nearest training pictures, the model's mistakes, and a second model. */

import { unpack } from "../base/arrays.js";
import { el, heading, note } from "../base/dom.js";
import { number } from "../base/format.js";
import { cellSize, photograph } from "../base/pictures.js";
import { askAboutDrawing, panelRequest } from "../base/request.js";
import { dataTitle, say, serverWords } from "../base/words.js";
import { confusion } from "./compare/confusion.js";
import { onDemand } from "./compare/on-demand.js";
import { secondModel } from "./compare/second-model.js";

export function mount(root, app) {
  root.append(
    heading(root, say("compare.title"), say("compare.about")),
    neighbours(app),
    confusion(app),
    secondModel(app),
  );
}

/** The training pictures nearest to the drawing in the network's last hidden layer. */
function neighbours(app) {
  const sentence = note();
  const list = el("ol", { class: "neighbours" });
  const element = el("section", {}, el("h3", {}, say("nearest.title")), sentence, list);

  function show(response) {
    sentence.textContent = serverWords(response);
    const predicted = app.state.answer?.shown?.label;
    list.replaceChildren(...response.neighbours.map(({ label, distance, picture, index }) => {
      const pixels = unpack(picture);
      const same = label === predicted;
      return el(
        "li", { class: same ? "" : "other", title: say("nearest.index", { index: String(index), data: dataTitle(response.data) }) },
        photograph(pixels, { cell: cellSize(56, ...pixels.shape.slice(-2)), label: say("exciting.picture", { label }) }),
        el("span", { class: "neighbour-label" }, label, same ? null : el("span", { class: "tag" }, say("nearest.other"))),
        el("span", { class: "note", "aria-label": say("nearest.distance", { distance }) }, number(distance)),
      );
    }));
  }

  onDemand(element, say("nearest.find"), say("compare.cost"), () => (
    panelRequest(element, app, { ask: () => askAboutDrawing(app, "/api/nearest"), show })
  ));
  return element;
}
