/** A block: its name, what it does in one sentence, and its layers for those who open it. */

import { button, el } from "../../base/dom.js";
import { say, serverWords } from "../../base/words.js";
import { LayerTabs } from "./layer-tabs.js";

/** choose(place): a layer of the block was chosen, or the one whose output stands for it. */
export function blockView(choose) {
  const title = el("h3", { id: "block-title" });
  const sentence = el("p", { class: "block-sentence" });
  const toggle = button("", () => { opened = !opened; follow(); }, { class: "quiet block-toggle", "aria-expanded": false, "aria-controls": "block-layers" });
  const tabs = new LayerTabs({ open: (place) => select(place), label: say("network.layers.of"), prefix: "layer-tab", panel: "layer", name: "inner-tabs" });
  const layers = el("div", { id: "block-layers", hidden: true }, tabs.element);
  const element = el("div", { class: "block" }, el("div", { class: "block-head" }, title, toggle), sentence, layers);
  let opened = false;
  let block = null;
  let all = null; // the response's layers
  let place = null; // of the layer that is chosen

  function show(next, number, { layers: given, backward }) {
    if (next.shown !== block?.shown) place = next.shown;
    [block, all] = [next, given];
    title.textContent = say("network.block", { number, name: serverWords(next, "name") });
    sentence.textContent = serverWords(next);
    const mine = all.filter((layer) => next.places.includes(layer.place));
    tabs.show(mine.map(({ place: id, kind, title: words, shape, output, gradient }) => ({
      id, kind, title: say("network.layer", { place: id, title: words }), shape, values: backward === null ? output : gradient,
    })), backward !== null);
    toggle.hidden = mine.length === 1;
    follow();
  }

  function follow() {
    const count = block.places.length;
    const single = count === 1;
    toggle.textContent = say("network.layers", { count });
    toggle.setAttribute("aria-expanded", opened);
    layers.hidden = !opened || single;
    if (layers.hidden) place = block.shown;
    tabs.choose(place);
    const layer = all.find((each) => each.place === place);
    const own = say("network.layer", { place, title: layer.title });
    choose(layer, layers.hidden && !single ? say("network.out") : own);
  }

  function select(next) {
    place = next;
    follow();
  }

  return { element, show };
}
