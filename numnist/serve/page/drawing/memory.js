/** Memory: the drawing outlives a reload of the page, with all that can be undone, and travels in a link. */

import { el } from "../base/dom.js";
import { say } from "../base/words.js";

const KEY = "numnist.drawing"; // in the session's storage, which each tab has for itself
const FROM = -100; // units: a link keeps what lies between here and 547, in halves, with two letters for a number
const MOST = 36 ** 2 - 1;
const STROKE = /^(\d{1,2})([pe])((?:[0-9a-z]{4})+)$/;

/** Bring back the drawing of the session, unless there is one already, and keep it from now on. */
export async function remember(drawing) {
  const kept = sessionStorage.getItem(KEY);
  if (kept !== null && drawing.history.steps.length === 0) {
    try {
      const { steps, done } = JSON.parse(kept);
      drawing.restore({ steps: await Promise.all(steps.map(unpacked)), done });
    } catch {
      sessionStorage.removeItem(KEY); // another version's
    }
  }
  drawing.onChange(({ live }) => live || keep(drawing.history));
}

function keep({ steps, done }) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ steps: steps.map(packed), done }));
  } catch {
    sessionStorage.removeItem(KEY); // it is too large: better none than an older one
  }
}

const urls = new WeakMap(); // image -> its data URL, which takes a while to make

function packed(step) {
  if (step.kind !== "picture") return step;
  if (!urls.has(step.image)) urls.set(step.image, dataUrl(step.image));
  return { ...step, image: urls.get(step.image) };
}

function dataUrl(image) {
  const canvas = el("canvas", { width: image.width, height: image.height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL();
}

async function unpacked(step) {
  if (step.kind !== "picture") return step;
  const image = el("img", { src: step.image });
  await image.decode();
  return { ...step, image };
}

/** The strokes as text for a link, null where a picture is among the steps: 24p, then four letters for each point. */
export function written(steps) {
  if (steps.some(({ kind }) => kind !== "stroke")) return null;
  return steps.map(({ points, width, erase }) => `${width}${erase ? "e" : "p"}${points.flat().map(letters).join("")}`).join(".");
}

/** The steps of such a text.  Throws an Error for any other. */
export function read(text) {
  return text.split(".").map((stroke) => {
    const [, width, tool, letters] = STROKE.exec(stroke) ?? [];
    if (letters === undefined) throw new Error(say("draw.bad_link"));
    const numbers = letters.match(/../g).map((pair) => parseInt(pair, 36) / 2 + FROM);
    const points = numbers.flatMap((x, i) => (i % 2 ? [] : [[x, numbers[i + 1]]]));
    return { kind: "stroke", points, width: Number(width), erase: tool === "e" };
  });
}

const letters = (units) => Math.min(MOST, Math.max(0, Math.round(2 * (units - FROM)))).toString(36).padStart(2, "0");
