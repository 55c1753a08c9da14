/** Keyboard: a pen that arrow keys move over the sheet, and keys for all that the buttons do. */

import { SIDE } from "./strokes.js";

const STEP = 8; // units an arrow key moves the pen, 2 with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** pen: the element that shows where the pen is;  keys: what other keys do, by name;  say: tells what cannot be seen. */
export function keyboard(drawing, pen, keys, say) {
  const { canvas } = drawing;
  const held = new Set(); // arrows that are down: two of them move the pen aslant
  let place = [SIDE / 2, SIDE / 4];
  let down = false;

  function show() {
    pen.style.left = `${(100 * place[0]) / SIDE}%`;
    pen.style.top = `${(100 * place[1]) / SIDE}%`;
    pen.classList.toggle("down", down);
  }

  function move(far) {
    let [x, y] = place;
    for (const arrow of held) {
      x += ARROWS[arrow][0] * far;
      y += ARROWS[arrow][1] * far;
    }
    place = [x, y].map((value) => Math.min(SIDE, Math.max(0, value)));
    if (down) drawing.extend([place]);
    show();
  }

  function use() {
    pen.hidden = false;
    pen.classList.add("used");
  }

  /** Put the pen away. */
  function put() {
    lift();
    pen.hidden = true;
    pen.classList.remove("used");
  }

  function press() {
    if (down) return lift();
    down = true;
    drawing.begin(place);
    show();
    say(drawing.erasing ? "Eraser down." : "Pen down.", "pen");
  }

  function lift() {
    if (!down) return;
    down = false;
    drawing.finish();
    show();
    say("Pen up.", "pen");
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key in ARROWS) {
      use();
      held.add(key);
      move(event.shiftKey ? STEP / 4 : STEP);
    } else if (key === " ") {
      use();
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
    pen.hidden = false; // and seen where the focus is: who draws with a mouse needs no second pen
    show();
  });
  canvas.addEventListener("blur", () => {
    held.clear();
    put();
  });
  canvas.addEventListener("pointerdown", put);
}
