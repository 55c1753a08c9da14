/** Parts: what every panel is built of: elements, numbers as people read them, and small rows of things. */

const SVG = "http://www.w3.org/2000/svg";

/** A new element. `on…` properties listen, `class` and hyphenated ones are attributes, the others properties. */
export function el(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same for the elements of an SVG, where everything is an attribute. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && !(element instanceof SVGElement)) element[name] = value;
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A number in so many significant digits, with the minus sign that is as wide as a plus. */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-4 ? scientific(size, digits) : plain(size, digits);
  return value < 0 ? `−${text}` : text;
}

/** With a plus in front of what is not negative, for sums and gradients. */
export function signed(value, digits = 3) {
  return value >= 0 ? `+${number(value, digits)}` : number(value, digits);
}

function plain(size, digits) {
  const places = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return size.toFixed(Math.min(places, 8));
}

function scientific(size, digits) {
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const raised = [...String(Number(exponent))].map((c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻").join("");
  return `${mantissa}×10${raised}`;
}

/** 0.9965 → "99.65%"; what would round to 0 or 100 without being it keeps a digit that says so. */
export function percent(share, digits = 1) {
  const edge = 0.5 * 10 ** (-2 - digits);
  if (share > 0 && share < edge) return `<${(100 * 2 * edge).toFixed(digits)}%`;
  if (share < 1 && share > 1 - edge) return `>${(100 - 100 * 2 * edge).toFixed(digits)}%`;
  return `${(100 * share).toFixed(share === 1 || share === 0 ? 0 : digits)}%`;
}

const CERTAIN = 1 - 1e-7; // float32 rounds to 1 what is not certain

/** A probability that a network gives: like a share, but never quite 100%. */
export function chance(probability, digits = 1) {
  return percent(Math.min(probability, CERTAIN), digits);
}

/** 12345 → "12,345". */
export function count(value) {
  return value.toLocaleString("en");
}

/** A sentence's first letter large. */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A class's article and name: "a 3", "an 8", "a Sneaker". */
export function oneOf(label) {
  return `${/^(8|11|18|[aeiou])/i.test(label) ? "an" : "a"} ${label}`;
}

/** The start of a panel: its heading, by which its section is called, and what it is for. */
export function heading(root, title, ...words) {
  root.classList.add("panel");
  root.setAttribute("aria-labelledby", `${root.id}-title`);
  return el("header", { class: "panel-head" }, el("h2", { id: `${root.id}-title` }, title), el("p", {}, ...words));
}

/** A switch with its words. */
export function toggle(words, input) {
  return el("label", { class: "switch" }, input, el("span", {}, words));
}

let fields = 0; // so many have an id

/** A labelled control, the label above it. */
export function field(label, control) {
  control.id ||= `field-${(fields += 1)}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control);
}

/** Choices for a select: texts, or pairs of value and text. */
export function options(choices, chosen) {
  return choices.map((choice) => {
    const [value, text] = Array.isArray(choice) ? choice : [choice, choice];
    return el("option", { value, selected: value === chosen }, text);
  });
}

/** A button that only acts while it can: `busy` shows that it is at work. */
export function button(text, onclick, properties = {}) {
  return el("button", { type: "button", onclick, ...properties }, text);
}

/** Whether the reader asked for little motion. */
export function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

const DATA = { mnist: "MNIST", "fashion-mnist": "Fashion-MNIST", strokes: "strokes that numnist drew" };

/** A data set's name as people write it. */
export const dataTitle = (name) => DATA[name] ?? name;
