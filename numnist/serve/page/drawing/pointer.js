/** Pointer: mouse, finger and pen draw on the pad, one of them at a time; a stroke from beside it counts from where it enters. */

import { SIDE } from "./render.js";

const ERASER = 32; // the bit of `buttons` for the other end of a pen
const OTHERS = "a, button, input, select, textarea, label, summary, canvas, [tabindex]"; // what is pressed for its own sake

export function pointerInput(drawing) {
  const { canvas } = drawing;
  const pad = canvas.parentElement; // whose margin is a part of it: there a finger draws, and does not scroll
  let pointer = null; // the id of the one that draws; others, such as the palm beside a pen, are ignored
  let beside = null; // {id, erase, last} of the one that was pressed beside the pad, and its last place

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  function begin(id, point, erase) {
    pointer = id;
    beside = null;
    canvas.setPointerCapture(pointer);
    document.body.classList.add("drawing"); // in which a mouse selects no text
    drawing.begin(point, { erase });
  }

  document.addEventListener("pointerdown", (event) => {
    const eraser = event.pointerType === "pen" && (event.buttons & ERASER) !== 0;
    if (pointer !== null || (event.button !== 0 && !eraser)) return;
    const erase = drawing.erasing || eraser;
    if (event.target === canvas) return begin(event.pointerId, place(event), erase);
    const others = event.pointerType === "touch" ? event.target !== pad : event.target.closest(OTHERS);
    beside = others ? null : { id: event.pointerId, erase, last: place(event) };
  });

  document.addEventListener("pointermove", (event) => {
    const coalesced = event.getCoalescedEvents?.() ?? [];
    const places = (coalesced.length ? coalesced : [event]).map(place); // scripted events have none coalesced
    if (event.pointerId === pointer) return drawing.extend(places);
    if (event.pointerId !== beside?.id) return;
    if (event.buttons === 0) return void (beside = null); // it was let go outside the window
    const inside = places.findIndex(isInside);
    if (inside === -1) return void (beside.last = places.at(-1));
    begin(event.pointerId, entry(places[inside - 1] ?? beside.last, places[inside]), beside.erase);
    drawing.extend(places.slice(inside));
  });

  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    document.addEventListener(end, (event) => {
      if (end === "lostpointercapture" && event.target !== canvas) return; // a finger from the margin was the margin's
      if (event.pointerId === beside?.id) beside = null;
      if (event.pointerId !== pointer) return;
      pointer = null;
      document.body.classList.remove("drawing");
      drawing.finish();
    });
  }
}

const isInside = (point) => point.every((value) => value >= 0 && value <= SIDE);

/** Where the line from a point beside the pad to one on it crosses the pad's edge. */
export function entry(from, to) {
  const shares = from.map((value, axis) => {
    const edge = value < 0 ? 0 : value > SIDE ? SIDE : value;
    return edge === value ? 0 : (edge - value) / (to[axis] - value);
  });
  const share = Math.max(...shares);
  return from.map((value, axis) => value + share * (to[axis] - value));
}
