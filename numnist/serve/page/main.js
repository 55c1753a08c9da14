/** Main: builds the page from the shared state, the drawing and the panels. */

import { announcer } from "./base/announce.js";
import { api } from "./base/api.js";
import { languageChoice } from "./base/language-choice.js";
import { known, language } from "./base/language.js";
import { loadModels, modelChoice, modelNamed } from "./base/models.js";
import { followTheme } from "./base/pictures.js";
import { followPlace, placeInAddress, show } from "./base/place.js";
import { question } from "./base/question.js";
import { store } from "./base/store.js";
import { fillWords, say } from "./base/words.js";
import { Drawing } from "./drawing/drawing.js";
import { keyboardInput } from "./drawing/keyboard.js";
import { livePrediction } from "./drawing/live.js";
import { read, remember } from "./drawing/memory.js";
import { pointerInput } from "./drawing/pointer.js";
import { share } from "./drawing/share.js";
import { stage } from "./drawing/stage.js";
import { strip } from "./drawing/strip.js";
import { tools } from "./drawing/tools.js";
import { mount as compare } from "./panels/compare.js";
import { mount as drawings } from "./panels/drawings.js";
import { mount as network } from "./panels/network.js";
import { bars, boxes, headline, times } from "./panels/prediction.js";
import { networkInput, steps } from "./panels/preprocessing.js";
import { mount as training } from "./panels/training.js";

const PANELS = { network, compare, training, drawings };

const find = (id) => document.getElementById(id);
const wanted = placeInAddress();
document.documentElement.lang = language;
fillWords(document);
const app = {
  ...store({
    models: [],
    model: null, // the name of the model in use
    second: null, // the name of the model it is compared with
    off: new Set(), // names of the preprocessing steps that are left out
    drawing: { version: 0, blob: null, blank: true },
    digit: null, // which of several digits the panels show, from 1; null for the last
    answer: null, // the server's response to the drawing
    lost: null, // the error because of which there is no answer to the drawing as it is now
    backward: null, // the label whose gradients are shown
    layer: wanted.layer, // the place of the layer that is open
    at: null, // the id of the section that is being looked at
    lang: known(wanted.lang) ? language : null, // as the address is to name it
  }),
  api,
  announce: announcer(find("announcements")),
};

/** Shows a failure of the drawing tools, until there is none. */
function failed(error) {
  const line = find("failed");
  line.textContent = error?.message ?? "";
  line.hidden = line.textContent === "";
}

const lose = (error) => app.set("lost", error);
app.on("lost", (error) => document.body.classList.toggle("lost", error !== null));

let preparation = null;
app.on("model", () => {
  const next = modelNamed(app).preparation; // has other steps: what was off means nothing there
  if (preparation !== null && next !== preparation) app.set("off", new Set());
  preparation = next;
});

const drawing = new Drawing(find("drawing"));
headline(find("headline"), app);
bars(find("bars"), app);
boxes(find("boxes"), drawing, app);
times(find("times"), app);
networkInput(find("input"), app);
steps(find("steps"), app);
modelChoice(find("model"), find("about-model"), app);
languageChoice(find("language"), app);
pointerInput(drawing);
keyboardInput(drawing, find("pen"), tools(find("draw"), drawing, app, failed), app.announce);
livePrediction(app, drawing, (whether) => find("headline").setAttribute("aria-busy", whether));
share(find("draw"), drawing, app);
strip(find("strip"), drawing, app);
stage(find("stage"), app);
followTheme();

for (const [name, mount] of Object.entries(PANELS)) {
  try {
    mount(find(name), app);
  } catch (error) {
    reportError(error); // it leaves the other panels and the drawing alone
  }
}

/** Go to a place, as the address names it. */
function visit({ model, layer, at, lang, drawing: strokes }) {
  if (known(lang) && known(lang) !== language) return location.reload();
  try {
    if (strokes) drawing.restore({ steps: read(strokes), done: Infinity });
    if (model && !modelNamed(app, model)) throw new Error(say("model.nowhere", { wanted: model, model: app.state.model }));
    if (model && model !== app.state.model) app.set("model", model);
  } catch (error) {
    failed(error);
  }
  if (layer !== null) app.set("layer", layer);
  show(at);
}

function begin() {
  visit(wanted);
  followPlace(app, document.querySelectorAll(".panels > section"), visit);
}
remember(drawing).catch(reportError).then(question({ ask: () => loadModels(app, wanted.model), show: begin, failed: lose }).now);
