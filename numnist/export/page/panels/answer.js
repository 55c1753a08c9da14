/** The answer: the headline, each class's bar, the boxes of several digits, and remarks. */

const noun = ({ classes }) => (classes.every((name) => /^\d$/.test(name)) ? "no_digit" : "no_class");

/** Says the reading in the headline: {kind, label, words}. */
function headlineOf(model, reading) {
  const { label, probability, parts } = reading;
  if (reading.blank) return { kind: "blank", label: say("answer.no_ink"), words: say("answer.no_ink.words") };
  if (!parts.length) return { kind: "blank", label: say("answer.nothing"), words: "" };
  const p = percent(probability);
  if (reading.unknown) {
    const words = say(parts.length > 1 ? "answer.nearest.several" : "answer.nearest", { label, none: percent(reading.none) });
    return { kind: "unknown", label: say(`answer.${noun(model)}`), words };
  }
  if (reading.sure) return { kind: "sure", label, words: say("answer.sure", { share: p }) };
  const words = say(reading.clear ? "answer.unsure" : "answer.unclear", { share: p });
  return { kind: "unsure", label: say("answer.perhaps", { label }), words };
}

function showHeadline(model, reading) {
  const { kind, label, words } = headlineOf(model, reading), headline = byId("headline");
  headline.dataset.kind = kind;
  const said = [label, words].join("|");
  if (headline.dataset.said === said) return; // a screen reader would repeat it
  headline.dataset.said = said;
  headline.replaceChildren(el("p", { className: "label" }, label), el("p", { className: "words" }, words));
}

/** The bars of one part's classes, and which part of several the panels show.   choose(i): shows another */
function showAnswer(model, reading, chosen, choose) {
  const several = reading.parts.length > 1;
  byId("parts").replaceChildren(...(several ? reading.parts : []).map((part, i) => {
    const key = part.unknown ? "answer.part.unknown" : "answer.part";
    const words = say(key, { number: i + 1, count: reading.parts.length, label: part.label });
    const button = el("button", { type: "button", "aria-pressed": i === chosen, "aria-label": words }, part.label);
    button.addEventListener("click", () => choose(i));
    return button;
  }));
  const part = reading.parts[chosen];
  byId("bars").replaceChildren(part ? barsOf(model, part) : el("p", { className: "note" }, say("answer.draw")));
  byId("remark").textContent = part ? thresholdWords(model) : "";
}

function thresholdWords({ threshold, measured }) {
  const above = share(threshold, Number.isInteger(100 * threshold) ? 0 : 1);
  return say(measured ? "answer.measured" : "answer.not_measured", { share: above });
}

function barsOf(model, { probs, none, unknown }) {
  const best = largest(probs);
  const row = (name, p, kind) => {
    const bar = el("span", { className: "bar" });
    bar.style.width = `${Math.max(100 * p, 0.5)}%`;
    const head = el("th", { scope: "row" }, name);
    return el("tr", { className: kind }, head, el("td", {}, bar), el("td", {}, percent(p)));
  };
  const rows = model.classes.map((name, i) => row(name, probs[i], !unknown && probs[i] === best ? "best" : ""));
  if (none !== null) rows.push(row(say("answer.none"), none, unknown ? "none best" : "none"));
  const caption = el("caption", { className: "unseen" }, say("answer.bars"));
  return el("table", {}, caption, el("tbody", {}, ...rows));
}

/** The box of each of several characters on the pad.   frame: the part of the pad that was read */
function showBoxes(reading, chosen, frame, { h, w }) {
  const spans = reading.parts.length > 1 ? reading.parts : [];
  byId("boxes").replaceChildren(...spans.map(({ ink: { box: [top, left, bottom, right] } }, i) => {
    const span = el("span", { className: i === chosen ? "chosen" : "" });
    const x = (column) => `${(100 * (frame.left + (column / w) * frame.width)) / SIDE}%`;
    const y = (row) => `${(100 * (frame.top + (row / h) * frame.height)) / SIDE}%`;
    Object.assign(span.style, { left: x(left), top: y(top), right: `calc(100% - ${x(right)})`, bottom: `calc(100% - ${y(bottom)})` });
    return span;
  }));
}
