/** What the network sees: each step of preparation, up to the network's input. */

function showInput(model, reading, part) {
  const ink = part?.ink ?? reading.ink;
  const steps = part ? stepsOf(model, ink) : [];
  byId("input").replaceChildren(...steps.map(([title, words, planes]) => {
    const caption = el("figcaption", {}, el("strong", {}, title), words);
    return el("figure", {}, pictureOf(planes, title), caption);
  }));
}

/** [title, sentence, picture] of each step. */
function stepsOf(model, ink) {
  const [top, left, bottom, right] = ink.box, [, height, width] = model.shape;
  const { given, ink: light, fit, center } = ink.stages;
  const scaled = {
    box: say("input.box", { height: bottom - top, width: right - left }), scale: pointed(ink.scale.toPrecision(2)), height, width,
  };
  const steps = [[say("input.yours"), say("input.as_it_came"), shown(given)]];
  if (model.preparation === "digits") {
    steps.push([say("input.ink"), say(ink.light ? "input.light" : "input.dark"), shown(light)]);
    steps.push([say("input.fit"), say("input.fit.words", scaled), fit]);
    return [...steps, [say("input.input"), say("input.size", { moved: movedWords(ink.shift), height, width }), center]];
  }
  if (model.preparation === "photo" && model.shape[0] === 1) {
    steps.push([say("input.ground"), say(ink.light ? "input.ground.light" : "input.ground.dark"), shown(light)]);
  }
  return [...steps, [say("input.input"), say("input.into", scaled), fit]];
}

/** [2, -1] -> Moved 2 down and 1 left, so that ... */
function movedWords([down, right]) {
  const ways = [[down, "input.down", "input.up"], [right, "input.right", "input.left"]].filter(([n]) => n);
  if (!ways.length) return say("input.still");
  const [way, other] = ways.map(([n, forth, back]) => say(n > 0 ? forth : back, { count: Math.abs(n) }));
  return say(other ? "input.moved.both" : "input.moved", { way, other });
}
