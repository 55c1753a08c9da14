/** Keyboard: a pen that the arrow keys move over the pad, and keys for all that the buttons do. */

import { clamp } from "../base/arrays.js";
import { ARROWS } from "../base/dom.js";
import { say } from "../base/words.js";
import { SIDE } from "./render.js";

const STEP = 8; // units that an arrow key moves the pen, 2 with Shift

/** pen: the element that marks the pen's place;  keys: what other keys do, by name;  announce: for screen readers. */
export function keyboardInput(drawing, pen, keys, announce) {
  const { canvas } = drawing;
  const held = new Set(); // arrows that are down: two of them move the pen diagonally
  let place = [SIDE / 2, SIDE / 4];
  let down = false;

  function show() {
    pen.style.left = `${(100 * place[0]) / SIDE}%`;
    pen.style.top = `${(100 * place[1]) / SIDE}%`;
    pen.classList.toggle("down", down);
  }

  function move(distance) {
    for (const arrow of held) {
      place = place.map((value, axis) => clamp(value + ARROWS[arrow][axis] * distance, 0, SIDE));
    }
    if (down) drawing.extend([place]);
    show();
  }

  function use(whether) {
    pen.hidden = !whether;
    pen.classList.toggle("used", whether);
    if (!whether) lift();
  }

  function press() {
    if (down) return lift();
    down = true;
    drawing.begin(place);
    show();
    announce(say(drawing.erasing ? "draw.eraser.down" : "draw.pen.down"), "pen");
  }

  function lift() {
    if (!down) return;
    down = false;
    drawing.finish();
    show();
    announce(say("draw.pen.up"), "pen");
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in ARROWS) {
      use(true);
      held.add(key);
      move(event.shiftKey ? STEP / 4 : STEP);
    } else if (key === " ") {
      use(true);
      if (!event.repeat) press();
    } else if (key === "Escape") {
      lift();
    } else if (key in keys) {
      lift();
      keys[key]();
    } else {
      return;
    }
    event.preventDefault();
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("focus", () => {
    pen.hidden = false; // CSS shows it only with a visible focus: a mouse needs no second pen
    show();
  });
  canvas.addEventListener("blur", () => {
    held.clear();
    use(false);
  });
  canvas.addEventListener("pointerdown", () => use(false));
}
