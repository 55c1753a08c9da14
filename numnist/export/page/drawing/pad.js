/** The pad: mouse, finger and pen draw on it, one of them at a time.   changed(): after each change */
function padOf(strokes, changed) {
  const canvas = byId("drawing");
  let pointer = null; // the id of the one that draws; others, such as the palm beside a pen, are ignored
  let stroke = null;

  function place({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * SIDE, ((clientY - box.top) / box.height) * SIDE];
  }

  function begin(point) {
    stroke = { points: [point], width: byId("brush").valueAsNumber };
    strokes.add(stroke);
    changed();
  }

  function extend(points) {
    stroke.points.push(...points);
    changed();
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (pointer !== null || event.button !== 0) return;
    pointer = event.pointerId;
    canvas.setPointerCapture(pointer);
    begin(place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    extend((events.length ? events : [event]).map(place)); // scripted events have none coalesced
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(end, (event) => { if (event.pointerId === pointer) pointer = null; });
  }

  /** Paint the strokes in the theme's colours, as sharp as the screen is. */
  function paint() {
    const side = Math.max(SIDE, Math.round(canvas.clientWidth * devicePixelRatio));
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
    context.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
    strokes.render(context, style.getPropertyValue("--ink"), style.getPropertyValue("--surface"));
    byId("hint").hidden = !strokes.blank;
    byId("undo").disabled = !strokes.steps.length;
    byId("redo").disabled = !strokes.undone.length;
    byId("clear").disabled = strokes.blank;
  }

  return { canvas, begin, extend, paint };
}
