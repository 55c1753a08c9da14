/** Models: which network reads, and what it is. */

import { capital, count, dataTitle, el, options, percent } from "./panels/parts.js";

const GROUPS = { ready: "Ready", file: "Given at start", run: "Your runs", kept: "Learned here" };

export const chosen = (app) => app.state.models.find(({ name }) => name === app.state.model);

/** Load the list of models and choose the default, or the one chosen so far. */
export async function loadModels(app) {
  const { default: first, models } = await app.api.get("/api/models");
  app.set("models", models);
  if (!models.some(({ name }) => name === app.state.model)) app.set("model", first);
}

/** The choice, and a sentence about the one chosen. */
export function modelChoice(select, about, app) {
  function fill() {
    const groups = Object.entries(GROUPS).map(([source, label]) => {
      const group = app.state.models.filter((model) => model.source === source);
      return group.length ? el("optgroup", { label }, options(group.map(({ name }) => name), app.state.model)) : null;
    });
    select.replaceChildren(...groups.filter(Boolean));
    select.value = app.state.model;
  }

  function describe() {
    select.value = app.state.model;
    const { title, parameters, accuracy, dataset } = chosen(app);
    const from = dataset === null ? "" : `, learned from ${dataTitle(dataset)}`;
    const right = accuracy === null ? "" : ` Reads ${percent(accuracy, 2)} of the test pictures right.`;
    about.textContent = `${capital(title)}; ${count(parameters)} parameters${from}.${right}`;
  }

  select.addEventListener("change", () => app.set("model", select.value));
  app.on("models", fill);
  app.on("model", describe);
}
