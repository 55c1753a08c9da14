/** Compare: the drawing beside its nearest training pictures, the model's mistakes, and a second model. */

import { unpack } from "../base/arrays.js";
import { el, heading, note } from "../base/dom.js";
import { dataTitle, number, oneOf } from "../base/format.js";
import { cellSize, photograph } from "../base/pictures.js";
import { askAboutDrawing, panelRequest } from "../base/request.js";
import { confusion } from "./compare/confusion.js";
import { onDemand } from "./compare/on-demand.js";
import { secondModel } from "./compare/second-model.js";

export function mount(root, app) {
  root.append(
    heading(root, "Compare", "The training pictures that are most like your drawing, how often the model is wrong when it predicts this class, and what another model predicts."),
    neighbours(app),
    confusion(app),
    secondModel(app),
  );
}

/** The training pictures nearest to the drawing in the network's last hidden layer. */
function neighbours(app) {
  const sentence = note();
  const list = el("ol", { class: "neighbours" });
  const element = el("section", {}, el("h3", {}, "The nearest training pictures"), sentence, list);

  function show(response) {
    sentence.textContent = response.sentence;
    const predicted = app.state.answer?.shown?.label;
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

  onDemand(element, "Find them", "The first time the server computes for some seconds.", () => (
    panelRequest(element, app, { ask: () => askAboutDrawing(app, "/api/nearest"), show })
  ));
  return element;
}
