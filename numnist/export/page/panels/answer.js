/** The answer: the headline, each class's bar, the boxes of several digits, and remarks. */

const noun = ({ classes }) => (classes.every((name) => /^\d$/.test(name)) ? "digit" : "class");

/** Says the reading in the headline: {kind, label, words}. */
function headlineOf(model, reading) {
  const { label, probability, parts } = reading;
  if (reading.blank) return { kind: "blank", label: "No ink", words: "All of it looks like paper." };
  if (!parts.length) return { kind: "blank", label: "Nothing drawn yet", words: "" };
  const p = percent(probability);
  if (reading.unknown) {
    const none = `${parts.length > 1 ? "one of these is none" : "none of them"} with ${percent(reading.none)}`;
    return { kind: "unknown", label: `Like no ${noun(model)} I know`, words: `The nearest is ${label}; ${none}.` };
  }
  if (reading.sure) return { kind: "sure", label, words: `${p}, and the model is sure` };
  const why = reading.clear ? "" : ": it may be several, or there is something beside it";
  return { kind: "unsure", label: `Perhaps ${label}`, words: `${p}, not sure${why}` };
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
    const words = `${i + 1} of ${reading.parts.length}: ${part.unknown ? "unknown, like " : ""}${part.label}`;
    const button = el("button", { type: "button", "aria-pressed": i === chosen, "aria-label": words }, part.label);
    button.addEventListener("click", () => choose(i));
    return button;
  }));
  const part = reading.parts[chosen];
  byId("bars").replaceChildren(part ? barsOf(model, part) : el("p", { className: "note" }, "Draw something, or choose a picture."));
  byId("remark").textContent = part ? thresholdWords(model) : "";
}

function thresholdWords({ threshold, measured }) {
  const above = `The model is sure above ${100 * threshold}%`;
  if (measured) return `${above}, as was measured on pictures that it was not trained on.`;
  return `${above}: it was not measured how sure it must be.`;
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
  if (none !== null) rows.push(row("none of these", none, unknown ? "none best" : "none"));
  const caption = el("caption", { className: "unseen" }, "How probable each class is");
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
