/** Language choice: a select of all languages; the page is loaded again in the chosen one, with its drawing and place. */

import { options } from "./dom.js";
import { language, languages, rememberLanguage } from "./language.js";

export function languageChoice(select, app) {
  select.replaceChildren(...options(languages, language));
  for (const option of select.options) option.lang = option.value;
  select.addEventListener("change", () => {
    rememberLanguage(select.value);
    app.set("lang", select.value); // the address follows
    location.reload();
  });
}
