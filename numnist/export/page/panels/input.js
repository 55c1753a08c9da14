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
  const [top, left, bottom, right] = ink.box, [, H, W] = model.shape;
  const { given, ink: light, fit, center } = ink.stages, box = `${bottom - top} × ${right - left} pixels`;
  const steps = [["Your picture", "As it came.", shown(given)]];
  if (model.preparation === "digits") {
    const words = ink.light ? "It is light on dark already." : "Dark on light: inverted. The paper becomes 0.";
    steps.push(["Light ink on black", words, shown(light)]);
    steps.push(["Fitted into the frame", `Its box of ${box}, scaled by ${ink.scale.toPrecision(2)}.`, fit]);
    return [...steps, ["The input", `${movedWords(ink.shift)} ${H} × ${W} pixels.`, center]];
  }
  if (model.preparation === "photo" && model.shape[0] === 1) {
    const words = ink.light ? "Lighter than its ground, which becomes 0." : "Darker than its ground: inverted. The ground becomes 0.";
    steps.push(["On a black ground", words, shown(light)]);
  }
  return [...steps, ["The input", `Its box of ${box}, scaled by ${ink.scale.toPrecision(2)} into ${H} × ${W}.`, fit]];
}

/** [2, -1] -> Moved 2 down and 1 left, so that ... */
function movedWords([down, right]) {
  const ways = [[down, "down", "up"], [right, "right", "left"]].filter(([n]) => n);
  if (!ways.length) return "Its centre of mass is in the middle already.";
  const moves = ways.map(([n, forth, back]) => `${Math.abs(n)} ${n > 0 ? forth : back}`).join(" and ");
  return `Moved ${moves}, so that the centre of mass is in the middle.`;
}
