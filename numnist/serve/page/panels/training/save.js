/** What the training came to: kept under a name, and then chosen like any other model. */

import { told } from "./asking.js";
import { button, el, field } from "./parts.js";

export function keep(app) {
  const name = el("input", { type: "text", maxLength: 64, required: true, pattern: "[A-Za-z0-9][A-Za-z0-9_\\-]*", autocomplete: "off", spellcheck: false });
  const submit = el("button", { type: "submit", class: "primary" }, "Keep it");
  const line = el("p", { class: "kept-line", role: "status" });
  const use = button("Read with it", () => app.set("model", kept), { hidden: true });
  const beside = button("Set it beside", () => app.set("second", kept), { hidden: true });
  const element = el(
    "form", { class: "keep-run", hidden: true, noValidate: true, onsubmit: send },
    field("Keep this network as", name), submit,
    el("div", { class: "keep-next" }, line, use, beside),
  );
  let id = null;
  let kept = null;

  async function send(event) {
    event.preventDefault();
    if (!name.checkValidity()) return tell("Give a name of letters, digits, - and _.", true);
    submit.disabled = true;
    try {
      ({ model: kept } = await app.api.post(`/api/learning/${id}/keep`, { name: name.value }));
      const { models } = await app.api.get("/api/models");
      app.set("models", models);
      name.disabled = true;
      use.hidden = beside.hidden = false;
      tell(`Kept as ${kept}, a run that the command line takes too: numnist predict --model runs/${kept}.`);
    } catch (error) {
      submit.disabled = false;
      tell(told(error), true);
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
      kept = null;
      element.hidden = false;
      name.disabled = submit.disabled = false;
      use.hidden = beside.hidden = true;
      name.value = free(app);
      tell("");
    },
    close: () => (element.hidden = true),
  };
}

/** A name that no model has yet. */
function free(app) {
  const names = new Set(app.state.models.map((model) => model.name));
  let n = 1;
  while (names.has(`mine-${n}`)) n += 1;
  return `mine-${n}`;
}
