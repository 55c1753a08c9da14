/**
 * Words: every sentence by its key in the language of the reader, with numbers and names put in.
 *
 * A table's text has placeholders: {name} for a text, a number or, in `phrase`, an element;  {share:.1%} for a
 * probability, never quite 100%, with that many decimals (none: 1);  {value:.2g} for a number with two digits, :.1f with
 * one decimal;  {label:a} for a class with its article;  a list is joined as the language does, or {list:then}, {list:each},
 * {list:join}; {list:C} begins with a capital.  {"one", "other"} instead of a text: chosen by {count}.
 */

import { el } from "./dom.js";
import { capital, chance, count, fixed, localised, number } from "./format.js";
import { english, language, table } from "./language.js";

const HOLE = /\{(\w+)(?::([^}]*))?\}/;
const DATA = { mnist: "MNIST", "fashion-mnist": "Fashion-MNIST" };
const JOINS = { join: "", each: ", " };
const plural = new Intl.PluralRules(language);
const listed = new Intl.ListFormat(language);

/** The sentence of this key. */
export function say(key, values = {}) {
  return phrase(key, values).join("");
}

/** The same as a list of texts and elements, for values that are elements. */
export function phrase(key, values = {}) {
  const found = table[key] ?? english[key];
  if (found === undefined) throw new Error(`words: there is no ${key}.`);
  return filled(typeof found === "string" ? found : found[plural.select(values.count)] ?? found.other, values);
}

function filled(text, values) {
  const [before, name, format, ...after] = text.split(HOLE);
  if (name === undefined) return [before];
  if (!(name in values)) throw new Error(`words: no value for {${name}} in “${text}”.`);
  const rest = text.slice(before.length + HOLE.exec(text)[0].length);
  return [before, written(values[name], format), ...(after.length ? filled(rest, values) : [])];
}

function written(value, format = "") {
  if (Array.isArray(value)) return joined(value.map((each) => written(each)), format);
  if (value instanceof Node) return value;
  if (typeof value === "object") return told(value);
  if (format === "a") return oneOf(value);
  if (typeof value === "string") return value;
  if (format.endsWith("%")) return chance(value, format === "%" ? 1 : Number(format[1]));
  if (format.endsWith("f")) return fixed(value, Number(format[1]));
  if (format.endsWith("g") && format !== "g") return number(value, Number(format[1]));
  return Number.isInteger(value) ? count(value) : number(value);
}

function joined(parts, format) {
  if (format === "then") return parts.join(say("list.then"));
  if (format in JOINS) return parts.join(JOINS[format]);
  return format === "C" ? capital(listed.format(parts)) : listed.format(parts);
}

/** A text of the server's, {[field]: its English, words: {[field]: [{key, values}, …]}}, in the language of the reader. */
export function serverWords(response, field = "sentence") {
  const sentences = response.words?.[field] ?? [];
  if (language === "en" || !sentences.length || !sentences.every(isKnown)) return response[field];
  return sentences.map(told).join(" ");
}

const told = ({ key, values }) => filled(table[`server.${key}`], values).join("");

/** Whether the table has a sentence of the server's with all of its parts: a layer of the user's own has none. */
function isKnown({ key, values }) {
  const parts = Object.values(values).flat().filter((value) => typeof value === "object" && value !== null);
  return `server.${key}` in table && parts.every(isKnown);
}

/** What an error says: the server's own message in English, else what its code means, with the message where that helps. */
export function errorWords(code, message) {
  return say(`error.${code}` in table ? `error.${code}` : "error.other", { message });
}

/** A class with its article: "a 3", "an 8", "a Sneaker". */
export function oneOf(label) {
  if (!/^\d/.test(label)) return say(/^[aeiou]/i.test(label) ? "one.name.vowel" : "one.name", { label });
  return say(/^(8|11|18)/.test(label) ? "one.vowel" : "one.digit", { label });
}

/** A data set's name as people write it. */
export const dataTitle = (name) => (name === "strokes" ? say("data.strokes") : DATA[name] ?? name);

/** The title of a recipe or a model of numnist's own; those that others have written stay as they are. */
export const titleOf = (text) => table[`title.${text}`] ?? text;

const FORMULA = ["where", "else", "with", "more", "over", "none"]; // the words that stand in formulas

/** A formula of the server's, whose few words and whose numbers are the language's. */
export function formulaWords(text) {
  const parts = FORMULA.map((name) => [english[`formula.${name}`], table[`formula.${name}`]]);
  return localised(parts.reduce((all, [from, to]) => all.replaceAll(new RegExp(`(?<![\\w.])${from}(?![\\w.])`, "g"), to), text));
}

/** Put the words of an element's data-say, -label and -title into all of the page that has them. */
export function fillWords(root) {
  const keys = () => Object.fromEntries(["shift", "ctrl"].map((name) => [name, el("kbd", {}, say(`keys.${name}`))]));
  for (const part of root.querySelectorAll("[data-say]")) part.replaceChildren(...phrase(part.dataset.say, keys()));
  for (const part of root.querySelectorAll("[data-say-label]")) part.setAttribute("aria-label", say(part.dataset.sayLabel));
  for (const part of root.querySelectorAll("[data-say-title]")) part.title = say(part.dataset.sayTitle);
}
