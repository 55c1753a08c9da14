/** Words: every sentence by its key in the language of the reader, and numbers as that language writes them. */

const TABLES = { en: EN, de: DE }; // another language is one file of words/, and its name here
let language = "en";

/** The first of these tags, as browsers name languages, that there is a table for; undefined without one. */
const known = (tags) => tags.map((tag) => tag?.split("-")[0].toLowerCase()).find((code) => code in TABLES);

/** What the address names as #lang=de. */
const inAddress = () => new URLSearchParams(location.hash.slice(1)).get("lang");

/** The sentence of this key, with {name} replaced by the values. */
const say = (key, values = {}) => phrase(key, values).join("");

/** The same as a list of texts and elements, for values that are elements. */
function phrase(key, values = {}) {
  return TABLES[language][key].split(/\{(\w+)\}/).map((part, i) => (i % 2 ? values[part] : part));
}

/** The title of a recipe of numnist's own; what others have written stays as it is. */
const titleOf = (text) => TABLES[language][`title.${text}`] ?? text;

/** Speak this language from now on: in all parts of the page that name a sentence, and as the select says. */
function speak(code) {
  language = code;
  document.documentElement.lang = code;
  const colour = (name) => el("span", { className: name }, say(`inside.${name}`));
  for (const part of document.querySelectorAll("[data-say]")) {
    part.replaceChildren(...phrase(part.dataset.say, { plus: colour("plus"), minus: colour("minus") }));
  }
  for (const part of document.querySelectorAll("[data-say-label]")) part.setAttribute("aria-label", say(part.dataset.sayLabel));
}

/** The select of all languages.   changed(): after another was chosen */
function chooseLanguage(select, changed) {
  select.append(...Object.entries(TABLES).map(([code, table]) => el("option", { value: code, lang: code }, table["language.name"])));
  const follow = (code) => {
    speak(code);
    select.value = code;
  };
  follow(known([inAddress(), ...navigator.languages]) ?? "en");
  select.addEventListener("change", () => {
    location.hash = `lang=${select.value}`;
  });
  addEventListener("hashchange", () => {
    const code = known([inAddress()]); // undefined after a link of the page's own
    if (code === undefined) return;
    follow(code);
    changed();
  });
}

/** A number's text with the language's decimal point. */
const pointed = (text) => text.replace(".", (1.5).toLocaleString(language).charAt(1));

const fixed = (value, digits) => pointed(value.toFixed(digits));

/** 0.9731 -> 97.3%; what is nearly all or nothing is never called so. */
function percent(p) {
  if (p > 0.999 && p < 1) return `>${share(0.999, 1)}`;
  if (p < 0.001 && p > 0) return `<${share(0.001, 1)}`;
  return share(p, 1);
}

/** A share as percent with so many decimals, and the language's space before the sign. */
const share = (p, digits) => fixed(100 * p, digits) + (0.5).toLocaleString(language, { style: "percent" }).slice(2);

const count = (n) => n.toLocaleString(language);
