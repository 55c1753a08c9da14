/** Prediction: in words above the drawing, as bars that are a table, and how long it took. */

import { button, el, note, probabilityTable } from "../base/dom.js";
import { capital, chance, milliseconds } from "../base/format.js";
import { modelNamed } from "../base/models.js";
import { oneOf, say } from "../base/words.js";
import { nearest } from "./nearest.js";

const NEXT = 0.01; // a second class less probable than this is not mentioned
const RIVAL = 0.1; // a class less probable than this is no alternative

/** The prediction as {verdict, share, rest}: the headline, its probability, and what else there is to say. */
export function inWords(answer) {
  if (answer.blank) return { verdict: say("answer.nothing"), share: "", rest: "" };
  if (answer.unknown) {
    const what = numeric(answer) ? (answer.parts.length > 1 ? "no_number" : "no_digit") : "unknown";
    return { verdict: say(`answer.${what}`), share: "", rest: say("answer.nearest", { label: answer.label, share: answer.none }) };
  }
  if (answer.parts.length > 1) return numberInWords(answer);
  const [first, second] = answer.top;
  if (answer.sure) {
    const rest = second && second.probability >= NEXT ? say("answer.next", { label: second.label, share: share(second) }) : "";
    return { verdict: capital(oneOf(first.label)), share: share(first), rest };
  }
  const candidates = second && second.probability >= RIVAL ? [first, second] : [first];
  return {
    verdict: say("answer.perhaps", { labels: candidates.map(({ label }) => oneOf(label)).join(` ${say("list.or")} `) }),
    share: "",
    rest: say("answer.candidates", { candidates: candidates.map((one) => `${one.label}: ${share(one)}`).join(", "), threshold: answer.threshold }),
  };
}

/** The headline of a number, with the probability of each of its digits. */
function numberInWords({ label, sure, clear, parts, threshold, ...answer }) {
  const each = parts.map((one) => `${one.label} ${share(one)}`).join(", ");
  if (sure) return { verdict: label, share: share(answer), rest: `${each}.` };
  const rest = clear ? say("answer.each", { each, threshold }) : say("answer.beside", { each });
  return { verdict: say("answer.perhaps", { labels: label }), share: "", rest };
}

const numeric = ({ parts }) => parts.every(({ probabilities }) => probabilities.every(({ label }) => /^\d+$/.test(label)));

const share = ({ probability }) => chance(probability, probability > 0.99 ? 1 : 0);

/** Why there is no prediction, in the same form. */
export function lossInWords({ status, message }) {
  if (status !== 0) return { verdict: say("answer.none"), share: "", rest: message };
  const [verdict, ...rest] = message.split(/(?<=\.) /);
  return { verdict: verdict.replace(/\.$/, ""), share: "", rest: [...rest, say("answer.retries")].join(" ") };
}

/** The headline above the drawing, which is announced when it settles. */
export function headline(root, app) {
  const verdict = el("span", { class: "verdict" });
  const probability = el("span", { class: "share" });
  const comma = el("span", { class: "comma" });
  const rest = el("p", { class: "rest" });
  root.append(el("p", { class: "headline" }, verdict, comma, probability), rest);

  function say(words, kind) {
    const known = kind === "lost" && root.dataset.kind === kind && rest.textContent === words.rest; // told once, not at each attempt
    verdict.textContent = words.verdict;
    comma.textContent = words.share && ", ";
    probability.textContent = words.share;
    rest.textContent = words.rest;
    root.dataset.kind = kind;
    if (!known) app.announce(`${root.firstChild.textContent}. ${words.rest}`.trim(), "answer");
  }
  app.on("answer", (answer) => say(inWords(answer), answer.blank ? "blank" : answer.sure ? "sure" : "unsure"));
  app.on("lost", (error) => error && say(lossInWords(error), "lost"));
}

/** A row for each class: its name, its bar and its probability. */
export function bars(root, app) {
  const body = el("tbody");
  const table = probabilityTable("bars", say("answer.classes"), [say("answer.class"), say("answer.probability")], body);
  const threshold = note();
  const choice = digitChoice(app);
  root.append(choice, table, threshold, nearest(app));
  let rows = [];

  function build() {
    const { classes, sure } = modelNamed(app);
    rows = classes.map((label) => ({ fill: el("i"), value: el("span", { class: "value" }), name: el("th", { scope: "row" }, label) }));
    body.replaceChildren(...rows.map(({ fill, value, name }) => {
      const mark = el("b", { class: "mark" });
      mark.style.insetInlineStart = `${100 * sure}%`;
      return el("tr", {}, name, el("td", {}, el("span", { class: "bar", ariaHidden: "true" }, fill, mark), value));
    }));
    table.classList.toggle("worded", classes.some((label) => label.length > 2));
    show();
  }

  function show() {
    if (!modelNamed(app)) return;
    const { answer, lost } = app.state;
    const shown = lost === null ? answer?.shown : null;
    const probabilities = shown?.probabilities.map(({ probability }) => probability) ?? null;
    const none = (shown?.none ?? null) === null ? "" : say("answer.none_share", { share: shown.none });
    threshold.textContent = `${none}${say("answer.threshold", { threshold: modelNamed(app).sure })}`;
    if (probabilities && probabilities.length !== rows.length) return; // of the previous model
    const most = probabilities && Math.max(...probabilities);
    rows.forEach(({ fill, value, name }, i) => {
      const probability = probabilities?.[i] ?? 0;
      fill.style.transform = `scaleX(${probability})`;
      value.textContent = probabilities ? chance(probability) : "–";
      name.parentElement.classList.toggle("best", probability === most);
    });
  }
  app.on("model", build);
  app.on("answer", show);
  app.on("lost", show);
}

/** Buttons for the digits of a number: which one all panels show. */
function digitChoice(app) {
  const digits = el("div", { class: "labels", role: "group", "aria-labelledby": "which-digit" });
  const words = el("p", { id: "which-digit", class: "note" });
  const element = el("div", { class: "digit-choice", hidden: true }, words, digits);
  app.on("answer", ({ parts, digit }) => {
    element.hidden = parts.length < 2;
    if (element.hidden) return;
    words.textContent = say("answer.which", { digit, count: parts.length });
    if (digits.children.length !== parts.length) {
      digits.replaceChildren(...parts.map((_, k) => button("", () => app.set("digit", k + 1))));
    }
    parts.forEach(({ label }, k) => {
      const each = digits.children[k];
      each.textContent = label;
      each.setAttribute("aria-label", say("answer.digit", { digit: k + 1, label }));
      each.setAttribute("aria-pressed", k + 1 === digit);
    });
  });
  return element;
}

/** A box around each digit of a number, over the drawing, with its label; that of the shown digit is marked. */
export function boxes(root, drawing, app) {
  app.on("answer", ({ parts, digit }) => {
    const drawn = parts.length > 1 ? parts : [];
    root.replaceChildren(...drawn.map(({ label, box }, k) => {
      const frame = el("span", { class: k + 1 === digit ? "digit-box shown" : "digit-box" }, el("b", {}, label));
      const [top, left, bottom, right] = drawing.onPad(box).map((share) => `${100 * share}%`);
      Object.assign(frame.style, { top, left, height: `calc(${bottom} - ${top})`, width: `calc(${right} - ${left})` });
      return frame;
    }));
  });
  app.on("drawing", ({ blank }) => blank && root.replaceChildren());
}

const TIMES = { preparation_ms: "answer.preparation", forward_ms: "answer.forward", round_trip_ms: "answer.round_trip" };

/** How long the newest prediction took; an empty sheet, or none, has no times. */
export function times(root, app) {
  const values = Object.keys(TIMES).map((key) => [key, el("dd", {}, "–")]);
  root.append(...values.map(([key, value]) => el("div", {}, el("dt", {}, say(TIMES[key])), value)));
  function show(taken) {
    for (const [key, value] of values) value.textContent = taken === null ? "–" : milliseconds(taken[key]);
  }
  app.on("answer", (answer) => show(answer.blank ? null : answer.times));
  app.on("lost", (error) => error && show(null));
}
