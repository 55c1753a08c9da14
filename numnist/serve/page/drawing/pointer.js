/** Pointing: mouse, finger and pen draw on the sheet, one of them at a time. */

import { SIDE } from "./strokes.js";

const ERASER = 32; // the bit of `buttons` for the other end of a pen

export function pointing(drawing) {
  const { canvas } = drawing;
  let pointer = null; // the one that draws; others are ignored, as the palm beside a pen

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
