/** Language: which of the tables of words is shown. Another language is one file of words/, and a line here. */

import { de } from "../words/de.js";
import { en } from "../words/en.js";

const TABLES = { en, de }; // by code, as browsers name languages
const KEY = "numnist.language"; // in the browser's storage, once the reader has chosen

/** [code, name] of each language. */
export const languages = Object.entries(TABLES).map(([code, table]) => [code, table["language.name"]]);

/** The code of the language that the address names, that was chosen before, or that the browser asks for; else English. */
export const language = [inAddress(), stored(), ...navigator.languages].map(known).find(Boolean) ?? "en";
export const table = TABLES[language];
export const english = TABLES.en;

function inAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("lang");
}

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is blocked
  }
}

/** "de-AT" -> "de"; undefined for a language that is not there. */
export function known(tag) {
  const code = tag?.split("-")[0].toLowerCase();
  return code in TABLES ? code : undefined;
}

/** Keep the choice for the next visit, too. */
export function rememberLanguage(code) {
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // the address has it
  }
}
