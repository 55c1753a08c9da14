/** The training form: which recipe, from which weights, on what data, how long, and at what learning rate. */

import { el, field, options } from "../../base/dom.js";
import { capital, count, dataTitle } from "../../base/format.js";
import { modelNamed } from "../../base/models.js";

const DATA = [["", "the recipe's own"], ["strokes", "strokes, drawn by numnist"]];
const OWN = [["kept", "your saved drawings"]]; // to fine-tune a model on
const MOST = 20; // epochs

export function trainingForm(app, begin) {
  const recipe = el("select", { onchange: update });
  const from = el("select", { onchange: update });
  const data = el("select", {}, options(DATA, ""));
  const epochs = el("input", { type: "number", min: 1, max: MOST, step: 1, value: 2, required: true });
  const rate = el("input", { type: "number", min: 0, max: 10, step: "any", required: true });
  const about = el("p", { class: "note training-about" });
  const start = el("button", { type: "submit", class: "primary" }, "Start");
  const error = el("p", { class: "failed", role: "alert", hidden: true });
  let choices = [];
  let training = false;

  const element = el(
    "form", { class: "training-form", noValidate: true, onsubmit: submit },
    el(
      "div", { class: "training-fields" },
      field("Recipe", recipe), field("Start from", from), field("Data", data), field("Epochs", epochs), field("Learning rate", rate), start,
    ),
    about, error,
  );

  function offer(offered) {
    choices = offered;
    recipe.replaceChildren(...options(offered.map((choice) => choice.recipe), recipe.value || offered[0]?.recipe));
    update();
  }

  function fill() {
    const models = app.state.models.map(({ name }) => [name, `the model ${name}`]);
    from.replaceChildren(...options([["", "scratch"], ...models], from.value));
  }

  function update() {
    const choice = choices.find((each) => each.recipe === recipe.value);
    const model = modelNamed(app, from.value);
    data.replaceChildren(...options([...DATA, ...(model ? OWN : [])], data.value));
    recipe.disabled = training || Boolean(model);
    rate.required = !model;
    rate.placeholder = model ? "a tenth" : "";
    if (model) {
      rate.value = "";
      about.textContent = `${capital(model.title)}; ${count(model.parameters)} parameters. Its own recipe continues at a tenth of its learning rate, unless you set another one.`;
    } else if (choice) {
      rate.value = choice.learning_rate;
      epochs.value = choice.epochs;
      epochs.max = choice.most_epochs ?? MOST;
      about.textContent = `${capital(choice.title)}; ${count(choice.parameters)} parameters, trained on ${dataTitle(choice.data)}.`;
    }
  }

  function submit(event) {
    event.preventDefault();
    const wrong = [epochs, rate].find((input) => !input.checkValidity());
    if (wrong) {
      failed(`${wrong === epochs ? "Epochs" : "Learning rate"}: ${wrong.validationMessage}`);
      return wrong.focus();
    }
    error.hidden = true;
    begin({
      ...(from.value ? {} : { recipe: recipe.value }),
      epochs: Number(epochs.value),
      learning_rate: rate.value === "" ? null : Number(rate.value),
      from: from.value || null,
      data: data.value || null,
    });
  }

  function failed(text) {
    error.hidden = false;
    error.textContent = text;
  }

  app.on("models", fill);
  fill();
  return {
    element, offer, failed,
    busy(is) {
      training = is;
      for (const control of [recipe, from, data, epochs, rate, start]) control.disabled = is;
      if (is) error.hidden = true;
      else recipe.disabled = Boolean(from.value);
      start.textContent = is ? "Training …" : "Start";
    },
  };
}
