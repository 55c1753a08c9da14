/** On demand: what takes the server seconds starts when somebody asks for it, not when it scrolls into view. */

import { button, el, note } from "../../base/dom.js";

/** A button with a note on what it costs, at the end of a section; begin() is called once, when it is pressed. */
export function onDemand(section, words, cost, begin) {
  const offer = el("div", { class: "on-demand" }, button(words, () => {
    offer.remove();
    section.tabIndex = -1;
    section.focus({ preventScroll: true }); // the button that had it is gone
    begin();
  }), note(cost));
  section.append(offer);
}
