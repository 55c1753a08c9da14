/** The keyboard draws too: the arrow keys move a pen over the pad.   actions: {undo, redo, clear} */
function keyboardOn({ canvas, begin, extend }, actions) {
  const STEP = 10, SMALL = 2; // units for each key press
  const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const keys = { z: actions.undo, y: actions.redo, c: actions.clear, Delete: actions.clear };
  const pen = byId("pen");
  let at = [SIDE / 2, SIDE / 4], down = false;

  function show() {
    pen.style.left = `${(100 * at[0]) / SIDE}%`;
    pen.style.top = `${(100 * at[1]) / SIDE}%`;
    pen.classList.toggle("down", down);
    pen.hidden = !canvas.matches(":focus-visible"); // a mouse needs no second pen
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = ways[event.key], action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (way) {
      const step = event.shiftKey ? SMALL : STEP;
      at = at.map((x, axis) => clip(x + step * way[axis], 0, SIDE));
      if (down) extend([at]);
    } else if (event.key === " ") {
      down = !down;
      if (down) begin(at);
    } else if (action) {
      down = false;
      action();
    } else return;
    event.preventDefault();
    show();
  });
  for (const name of ["focus", "blur", "pointerdown"]) {
    canvas.addEventListener(name, () => {
      down = false;
      show();
    });
  }
}
