/** Models: the list of them, the one in use, and the select that changes it. */

import { el, options } from "./dom.js";
import { capital, count, dataTitle, percent } from "./format.js";

const GROUPS = { ready: "Pretrained", file: "From the command line", run: "Your runs", kept: "Trained on this page" };

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
    const groups = Object.entries(GROUPS).map(([source, label]) => {
      const names = app.state.models.filter((model) => model.source === source).map(({ name }) => name);
      return names.length ? el("optgroup", { label }, options(names, app.state.model)) : "";
    });
    select.replaceChildren(...groups);
    select.value = app.state.model;
  }

  function describe() {
    select.value = app.state.model;
    const { title, parameters, accuracy, dataset } = modelNamed(app);
    const from = dataset === null ? "" : `, trained on ${dataTitle(dataset)}`;
    const tested = accuracy === null ? "" : ` Test accuracy: ${percent(accuracy, 2)}.`;
    about.textContent = `${capital(title)}; ${count(parameters)} parameters${from}.${tested}`;
  }

  select.addEventListener("change", () => app.set("model", select.value));
  app.on("models", fill);
  app.on("model", describe);
}
