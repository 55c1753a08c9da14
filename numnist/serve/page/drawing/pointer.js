/** Pointer: mouse, finger and pen draw on the pad, one of them at a time. */

import { SIDE } from "./render.js";

const ERASER = 32; // the bit of `buttons` for the other end of a pen

export function pointerInput(drawing) {
  const { canvas } = drawing;
  let pointer = null; // the id of the one that draws; others, such as the palm beside a pen, are ignored

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  canvas.addEventListener("pointerdown", (event) => {
    const eraser = event.pointerType === "pen" && (event.buttons & ERASER) !== 0;
    if (pointer !== null || (event.button !== 0 && !eraser)) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    drawing.begin(place(event), { erase: drawing.erasing || eraser });
  });

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    drawing.extend((events.length ? events : [event]).map(place)); // scripted events have none coalesced
  });

  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      drawing.finish();
    });
  }
}
