/** Nearest: of what is like nothing that the model knows, the training picture that is nearest, once somebody asks. */

import { unpack } from "../base/arrays.js";
import { button, el, note } from "../base/dom.js";
import { cellSize, photograph } from "../base/pictures.js";
import { askAboutDrawing, panelRequest } from "../base/request.js";
import { dataTitle, say } from "../base/words.js";

const SIDE = 40; // pixels of the picture

/**
 * An element that is seen while the drawing is unknown: first a button, since the server computes for some seconds. It has
 * its place always, so that nothing on the page moves while somebody draws.
 */
export function nearest(app) {
  const picture = el("div", {});
  const words = note();
  const result = el("div", { class: "nearest-one" }, picture, words);
  const offer = button(say("nearest.one"), () => {
    const asked = document.activeElement === offer;
    offer.remove();
    element.append(result);
    wanted = true;
    if (asked) element.focus({ preventScroll: true }); // the button that had it is gone
    send();
  });
  const element = el("div", { class: "nearest-unknown", tabIndex: -1 }, offer);
  let wanted = false;

  const send = panelRequest(result, app, {
    ask: () => (wanted && app.state.answer?.unknown ? askAboutDrawing(app, "/api/nearest", {}, "nearest-one") : null),
    show: ({ data, neighbours: [{ label, picture: packed, index }] }) => {
      const pixels = unpack(packed);
      picture.replaceChildren(photograph(pixels, { cell: cellSize(SIDE, ...pixels.shape.slice(-2)), label: say("exciting.picture", { label }) }));
      words.textContent = `${label}, ${say("nearest.index", { index: String(index), data: dataTitle(data) })}`;
    },
    empty: null,
  });
  app.on("answer", (answer) => {
    element.classList.toggle("is-unknown", answer.unknown);
    picture.replaceChildren();
    words.textContent = "";
  });
  return element;
}
