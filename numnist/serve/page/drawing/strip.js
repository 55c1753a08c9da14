/** Strip: the drawing in small, and its prediction, while most of the pad is out of sight; it leads back to the pad. */

import { el, spoken } from "../base/dom.js";
import { painted, sized } from "../base/pictures.js";
import { say } from "../base/words.js";
import { SIDE, render } from "./render.js";

const SMALL = 40; // pixels of the small drawing's side
const ENOUGH = 0.7; // share of the pad in sight with which it can be drawn on: there nothing may lie over it

/** root: a link, which says what the headline says. */
export function strip(root, drawing, app) {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const words = el("span", { class: "strip-words" });
  root.append(canvas, words, spoken(say("draw.back")));

  const show = () => painted(canvas, () => {
    const context = sized(canvas, SMALL, SMALL);
    context.scale(SMALL / SIDE, SMALL / SIDE);
    const style = getComputedStyle(drawing.canvas);
    render(context, drawing.steps, { ink: style.color, paper: style.backgroundColor });
  });
  const headline = document.getElementById("headline");
  const follow = () => {
    words.textContent = headline.querySelector(".headline").textContent;
    root.dataset.kind = headline.dataset.kind;
  };

  new IntersectionObserver((entries) => {
    root.hidden = entries.at(-1).intersectionRatio >= ENOUGH;
    if (root.hidden) return;
    show();
    follow();
  }, { threshold: ENOUGH }).observe(drawing.canvas);
  drawing.onChange(() => root.hidden || show());
  for (const key of ["answer", "lost"]) app.on(key, follow); // after the headline, which listens first
}
