/** On demand: what takes the server seconds starts when somebody asks for it, not when it scrolls into view. */

import { button, el, note } from "../../base/dom.js";

/**
 * A button with a note on what it costs, at the end of a section. begin() is called once, when it is pressed; what it
 * returns sends the request now, so that it is answered wherever the page has been scrolled to meanwhile.
 */
export function onDemand(section, words, cost, begin) {
  const offer = el("div", { class: "on-demand" }, button(words, () => {
    offer.remove();
    section.tabIndex = -1;
    section.focus({ preventScroll: true }); // the button that had it is gone
    const send = begin();
    send();
  }), note(cost));
  section.append(offer);
}
