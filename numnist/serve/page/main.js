/** Main: puts the page together: what is shared, the shell's parts, then the panels. */

import { bars, headline, times } from "./answer.js";
import { api } from "./api.js";
import { repaint } from "./arrays.js";
import { Drawing } from "./drawing.js";
import { keyboard } from "./keyboard.js";
import { looking } from "./looking.js";
import { chosen, loadModels, modelChoice } from "./models.js";
import { onColours } from "./panels/pictures.js";
import { pointing } from "./pointing.js";
import { speaker } from "./saying.js";
import { seen, steps } from "./seen.js";
import { store } from "./store.js";
import { tools } from "./tools.js";

const PANELS = ["inside", "compare", "learning", "keeping"];

const find = (id) => document.getElementById(id);
const app = {
  ...store({
    models: [],
    model: null,
    second: null,
    off: new Set(),
    drawing: { version: 0, blob: null, blank: true, truth: null },
    answer: null,
    backward: null,
  }),
  api,
  say: speaker(find("spoken")),
};

const failures = new Map(); // of what has failed last, until it succeeds

/** Answers fail(error or null) for one of the things that may fail. */
function failing(what) {
  return (error) => {
    failures.set(what, error?.message ?? "");
    const line = find("failed");
    line.textContent = [...failures.values()].filter(Boolean).join(" ");
    line.hidden = line.textContent === "";
  };
}

let preparation = null;
app.on("model", () => {
  const next = chosen(app).preparation; // its steps are others: what was off there means nothing here
  if (preparation !== null && next !== preparation) app.set("off", new Set());
  preparation = next;
});

const drawing = new Drawing(find("drawing"));
headline(find("headline"), app);
bars(find("bars"), app);
times(find("times"), app);
seen(find("seen-picture"), app);
steps(find("steps"), app);
modelChoice(find("model"), find("about-model"), app);
pointing(drawing);
keyboard(drawing, find("pen"), tools(find("draw"), drawing, app, failing("picture")), app.say);
looking(app, drawing, { fail: failing("look"), wait: (whether) => find("headline").setAttribute("aria-busy", whether) });
onColours(repaint);

for (const name of PANELS) { // one by one: a panel that fails leaves the others and the drawing alone
  import(`./panels/${name}.js`).then(({ mount }) => mount(find(name), app)).catch(reportError);
}
loadModels(app).catch(failing("models"));
