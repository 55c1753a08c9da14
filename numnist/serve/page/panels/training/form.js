/** The training form: which recipe, from which weights, on what data, how long, and at what learning rate. */

import { el, field, options } from "../../base/dom.js";
import { capital } from "../../base/format.js";
import { modelNamed } from "../../base/models.js";
import { dataTitle, say, titleOf } from "../../base/words.js";

const DATA = [["", say("training.own_data")], ["strokes", say("training.strokes")]];
const OWN = [["kept", say("training.kept")]]; // to fine-tune a model on
const MOST = 20; // epochs

export function trainingForm(app, begin) {
  const recipe = el("select", { onchange: update });
  const from = el("select", { onchange: update });
  const data = el("select", {}, options(DATA, ""));
  const epochs = el("input", { type: "number", min: 1, max: MOST, step: 1, value: 2, required: true });
  const rate = el("input", { type: "number", min: 0, max: 10, step: "any", required: true });
  const about = el("p", { class: "note training-about" });
  const start = el("button", { type: "submit", class: "primary" }, say("training.start"));
  const error = el("p", { class: "failed", role: "alert", hidden: true });
  let choices = [];
  let training = false;

  const element = el(
    "form", { class: "training-form", noValidate: true, onsubmit: submit },
    el(
      "div", { class: "training-fields" },
      field(say("training.recipe"), recipe), field(say("training.from"), from), field(say("training.data"), data),
      field(say("training.epochs"), epochs), field(say("training.rate"), rate), start,
    ),
    about, error,
  );

  function offer(offered) {
    choices = offered;
    recipe.replaceChildren(...options(offered.map((choice) => choice.recipe), recipe.value || offered[0]?.recipe));
    update();
  }

  function fill() {
    const models = app.state.models.map(({ name }) => [name, say("training.the_model", { name })]);
    from.replaceChildren(...options([["", say("training.scratch")], ...models], from.value));
  }

  function update() {
    const choice = choices.find((each) => each.recipe === recipe.value);
    const model = modelNamed(app, from.value);
    data.replaceChildren(...options([...DATA, ...(model ? OWN : [])], data.value));
    recipe.disabled = training || Boolean(model);
    rate.required = !model;
    rate.placeholder = model ? say("training.tenth") : "";
    if (model) {
      rate.value = "";
      about.textContent = say("training.continues", { title: capital(titleOf(model.title)), parameters: model.parameters });
    } else if (choice) {
      rate.value = choice.learning_rate;
      epochs.value = choice.epochs;
      epochs.max = choice.most_epochs ?? MOST;
      about.textContent = say("training.choice", {
        title: capital(titleOf(choice.title)), parameters: choice.parameters, data: dataTitle(choice.data),
      });
    }
  }

  function submit(event) {
    event.preventDefault();
    const wrong = [epochs, rate].find((input) => !input.checkValidity());
    if (wrong) {
      failed(say("training.wrong", { field: say(wrong === epochs ? "training.epochs" : "training.rate"), why: wrong.validationMessage }));
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
      start.textContent = say(is ? "training.busy" : "training.start");
    },
  };
}
