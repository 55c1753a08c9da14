/** The order: which recipe, from which weights, on what, how long and how fast. */

import { capital, count, dataTitle, el, field, options } from "./parts.js";

export function order(app, begin) {
  const recipe = el("select", { onchange: chosen });
  const from = el("select", { onchange: chosen });
  const data = el("select", {}, options([["", "the recipe's own"], ["strokes", "strokes, drawn by numnist"]], ""));
  const epochs = el("input", { type: "number", min: 1, max: 20, step: 1, value: 2, required: true });
  const rate = el("input", { type: "number", min: 0, max: 10, step: "any", required: true });
  const about = el("p", { class: "note learning-about" });
  const start = el("button", { type: "submit", class: "primary" }, "Start");
  const error = el("p", { class: "failed", role: "alert", hidden: true });
  let choices = [];
  let busy = false;

  const element = el(
    "form", { class: "order", noValidate: true, onsubmit: submit },
    el(
      "div", { class: "order-fields" },
      field("Recipe", recipe), field("Start from", from), field("Pictures", data), field("Epochs", epochs), field("Learning rate", rate), start,
    ),
    about, error,
  );

  const one = () => choices.find((choice) => choice.recipe === recipe.value);

  function offer(found) {
    choices = found;
    const before = recipe.value;
    recipe.replaceChildren(...options(found.map((choice) => choice.recipe), before || found[0]?.recipe));
    chosen();
  }

  function fill() {
    from.replaceChildren(...options([["", "fresh weights"], ...app.state.models.map(({ name }) => [name, `the model ${name}`])], from.value));
  }

  function chosen() {
    const choice = one();
    const own = data.value;
    const start = app.state.models.find(({ name }) => name === from.value);
    const more = start ? [["kept", "those you kept"]] : [];
    data.replaceChildren(...options([["", "the recipe's own"], ["strokes", "strokes, drawn by numnist"], ...more], own));
    recipe.disabled = busy || Boolean(start);
    if (start) {
      rate.value = "";
      rate.required = false;
      rate.placeholder = "gentle";
      about.textContent = `${capital(start.title)}; its own recipe goes on at a tenth of its rate, unless you say otherwise. ${count(start.parameters)} parameters.`;
    } else if (choice) {
      rate.required = true;
      rate.placeholder = "";
      rate.value = choice.learning_rate;
      epochs.value = choice.epochs;
      epochs.max = choice.most_epochs ?? 20;
      about.textContent = `${capital(choice.title)}; ${count(choice.parameters)} parameters, trained on ${dataTitle(choice.data)}.`;
    }
  }

  function submit(event) {
    event.preventDefault();
    const wrong = [epochs, rate].find((input) => !input.checkValidity());
    if (wrong) return failed(`${wrong === epochs ? "Epochs" : "Learning rate"}: ${wrong.validationMessage}`, wrong);
    error.hidden = true;
    begin({
      ...(from.value ? {} : { recipe: recipe.value }),
      epochs: Number(epochs.value),
      learning_rate: rate.value === "" ? null : Number(rate.value),
      from: from.value || null,
      data: data.value || null,
    });
  }

  function failed(text, input = null) {
    error.hidden = false;
    error.textContent = text;
    input?.focus();
  }

  app.on("models", fill);
  fill();
  return {
    element, offer, failed,
    busy(is) {
      busy = is;
      for (const control of [recipe, from, data, epochs, rate, start]) control.disabled = is;
      if (!is) recipe.disabled = Boolean(from.value);
      if (is) error.hidden = true;
      start.textContent = is ? "Training …" : "Start";
    },
  };
}
