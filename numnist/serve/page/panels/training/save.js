/** The save form: a training's result gets a name and can then be chosen like any other model. */

import { button, el, field } from "../../base/dom.js";
import { modelNamed } from "../../base/models.js";
import { say } from "../../base/words.js";

export function saveForm(app) {
  const name = el("input", { type: "text", maxLength: 64, required: true, pattern: "[A-Za-z0-9][A-Za-z0-9_\\-]*", autocomplete: "off", spellcheck: false });
  const submit = el("button", { type: "submit", class: "primary" }, say("save.save"));
  const line = el("p", { class: "saved-line", role: "status" });
  const use = button(say("save.use"), () => app.set("model", saved), { hidden: true });
  const compare = button(say("save.compare"), () => app.set("second", saved), { hidden: true });
  const element = el(
    "form", { class: "save-form", hidden: true, noValidate: true, onsubmit: send },
    field(say("save.name"), name), submit,
    el("div", { class: "save-next" }, line, use, compare),
  );
  let id = null;
  let saved = null;

  async function send(event) {
    event.preventDefault();
    if (!name.checkValidity()) return tell(say("save.bad_name"), true);
    submit.disabled = true;
    try {
      ({ model: saved } = await app.api.post(`/api/learning/${id}/keep`, { name: name.value }));
      app.set("models", (await app.api.get("/api/models")).models);
      name.disabled = true;
      use.hidden = compare.hidden = false;
      tell(say("save.saved", { name: saved, command: `numnist predict --model runs/${saved}` }));
    } catch (error) {
      submit.disabled = false;
      tell(error.message, true);
    }
  }

  function tell(text, bad = false) {
    line.textContent = text;
    line.classList.toggle("failed", bad);
  }

  return {
    element,
    open(training) {
      id = training;
      saved = null;
      element.hidden = false;
      name.disabled = submit.disabled = false;
      use.hidden = compare.hidden = true;
      let n = 1;
      while (modelNamed(app, `mine-${n}`)) n += 1;
      name.value = `mine-${n}`;
      tell("");
    },
    close: () => (element.hidden = true),
  };
}
