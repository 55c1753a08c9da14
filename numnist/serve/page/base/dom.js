/** DOM: the elements that panels are built of. */

const SVG = "http://www.w3.org/2000/svg";

/** A new element. `on…` properties are listeners, `class` and hyphenated names are attributes, the others properties. */
export function el(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same for SVG, where everything is an attribute. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !(element instanceof SVGElement)) element[name] = value;
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The head of a panel: its title, which also names its section, and what the panel is for. */
export function heading(root, title, words) {
  root.classList.add("panel");
  root.setAttribute("aria-labelledby", `${root.id}-title`);
  return el("header", { class: "panel-head" }, el("h2", { id: `${root.id}-title` }, title), el("p", {}, words));
}

export const note = (...words) => el("p", { class: "note" }, words);

/** Text for screen readers only. */
export const spoken = (words, tag = "span") => el(tag, { class: "hidden-words" }, words);

export const button = (text, onclick, properties = {}) => el("button", { type: "button", onclick, ...properties }, text);

let fields = 0; // that have got an id

/** A control with its label above it. */
export function field(label, control) {
  control.id = `field-${(fields += 1)}`;
  return el("div", { class: "field" }, el("label", { for: control.id }, label), control);
}

/** The options of a select: texts, or pairs of value and text. */
export function options(choices, chosen) {
  return choices.map((choice) => {
    const [value, text = value] = [choice].flat();
    return el("option", { value, selected: value === chosen }, text);
  });
}

/** A table's row of column headings. */
export const headings = (names) => el("tr", {}, names.map((name) => el("th", { scope: "col" }, name)));

/** A table of classes and probabilities; its caption and its two headings are for screen readers only. */
export function probabilityTable(name, caption, names, body) {
  const head = el("thead", { class: "hidden-words" }, headings(names));
  return el("table", { class: name }, spoken(caption, "caption"), head, body);
}

/** A region that scrolls sideways by itself, also with the keyboard. */
export const scrollable = (label, child) =>
  el("div", { class: "scrolls", tabIndex: 0, role: "region", "aria-label": label }, child);

/** What the arrow keys add to [x, y]. */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Whether the user asked for little motion. */
export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
