/** Exciting pictures: the training pictures for which a unit is largest, with the part that it sees framed. */

import { unpack } from "../../base/arrays.js";
import { el, note } from "../../base/dom.js";
import { number } from "../../base/format.js";
import { cellSize, framed, photograph } from "../../base/pictures.js";
import { address, panelRequest } from "../../base/request.js";
import { say, serverWords } from "../../base/words.js";

const SIDE = 64; // pixels of a picture

export function excitingPictures(app) {
  let place = null; // of the layer, and the number of the unit in it
  let unit = null;
  const sentence = note();
  const list = el("ol", { class: "exciting" });
  const element = el(
    "section", { class: "exciting-pictures", hidden: true },
    el("h4", { class: "section-head" }, say("exciting.title")), sentence, list,
  );

  const ask = panelRequest(element, app, {
    depends: ["model"],
    ask: () => (place === null ? null : app.api.latest("exciting", address(app, "/api/exciting", { place, unit }))),
    show: (response) => {
      sentence.textContent = serverWords(response);
      list.replaceChildren(...response.pictures.map(item));
    },
    empty: null,
  });

  function open(layer, number_) {
    const same = layer === place && number_ === unit;
    [place, unit] = [layer, number_];
    element.hidden = false;
    if (!same) ask();
  }

  function close() {
    place = null;
    element.hidden = true;
  }

  return { element, open, close };
}

function item({ picture: packed, label, value, box }) {
  const pixels = unpack(packed);
  const [height, width] = pixels.shape.slice(-2);
  const cell = cellSize(SIDE, height, width);
  const [top, left, bottom, right] = box;
  const whole = bottom - top === height && right - left === width;
  const where = { top, bottom: bottom - 1, left, right: right - 1 };
  const shown = photograph(pixels, { cell, label: say(whole ? "exciting.picture" : "exciting.part", { label, ...where }) });
  return el(
    "li", {}, whole ? shown : framed(shown, box, cell),
    el("span", {}, label), el("span", { class: "note", "aria-label": say("exciting.value", { value }) }, number(value)),
  );
}
