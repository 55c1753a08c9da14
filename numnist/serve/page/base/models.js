/** Models: the list of them, the one in use, and the select that changes it. */

import { el, options } from "./dom.js";
import { capital, percent } from "./format.js";
import { dataTitle, say, titleOf } from "./words.js";

const GROUPS = ["ready", "file", "run", "kept"]; // sources of models

/** A model's entry in /api/models, by default that of the one in use; undefined before the list is loaded. */
export function modelNamed(app, name = app.state.model) {
  return app.state.models.find((model) => model.name === name);
}

/** The classes of the model in use; none before it is loaded. */
export const classesOf = (app) => modelNamed(app)?.classes ?? [];

/** Load the list of models. If no model, or a lost one, is in use, use the wanted one if it is there, else the default. */
export async function loadModels(app, wanted = null) {
  const { default: first, models } = await app.api.get("/api/models");
  app.set("models", models);
  if (!modelNamed(app)) app.set("model", modelNamed(app, wanted) ? wanted : first);
}

/** select: the choice of the model;  about: the sentence on the one in use. */
export function modelChoice(select, about, app) {
  function fill() {
    const groups = GROUPS.map((source) => {
      const names = app.state.models.filter((model) => model.source === source).map(({ name }) => name);
      return names.length ? el("optgroup", { label: say(`model.${source}`) }, options(names, app.state.model)) : "";
    });
    select.replaceChildren(...groups);
    select.value = app.state.model;
  }

  function describe() {
    select.value = app.state.model;
    const { title, parameters, accuracy, dataset } = modelNamed(app);
    const from = dataset === null ? "" : say("model.trained", { data: dataTitle(dataset) });
    const tested = accuracy === null ? "" : say("model.accuracy", { share: percent(accuracy, 2) });
    about.textContent = say("model.about", { title: capital(titleOf(title)), parameters, more: [from, say("model.end"), tested] });
  }

  select.addEventListener("change", () => app.set("model", select.value));
  app.on("models", fill);
  app.on("model", describe);
}
