/** The page: what is drawn is read at once, and the panels show what came of it. */

const facts = JSON.parse(byId("model-facts").textContent);
const strokes = new Strokes();
const REST = 120; // milliseconds
let model = null, reading = null, picture = null, chosen = 0, waiting = false, inside = null;

const pad = padOf(strokes, changed);
const actions = Object.fromEntries(["undo", "redo", "clear"].map((name) => [name, () => {
  strokes[name]();
  changed();
}]));
for (const [name, action] of Object.entries(actions)) byId(name).addEventListener("click", action);
keyboardOn(pad, actions);
uploads((step) => {
  strokes.add(step);
  changed();
}, fail);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { pad.paint(); showPanels(); });
new ResizeObserver(() => pad.paint()).observe(pad.canvas);
chooseLanguage(byId("language"), showAll);
showFacts();
pad.paint();
start();

/** Say what went wrong; null takes it back. */
function fail(text) {
  byId("failed").textContent = text ?? "";
  byId("failed").hidden = !text;
}

async function start() {
  try {
    const bytes = bytesOf(byId("model-file").textContent);
    await checkHash(bytes);
    model = modelOf(bytes, facts.network);
    showHint();
    changed();
  } catch (error) {
    byId("headline").replaceChildren(el("p", { className: "label" }, say("failed.no_model")));
    fail(say("failed.model", { why: error.message }));
  }
}

function showHint() {
  byId("hint").textContent = say(model.preparation === "digits" ? "draw.hint" : "draw.hint.photo");
}

/** In another language. */
function showAll() {
  showFacts();
  if (!model) return;
  showHint();
  if (reading) showHeadline(model, reading);
  showPanels();
}

/** Throws if the model's bytes are not those that were exported.  Browsers that cannot tell do not. */
async function checkHash(bytes) {
  if (!globalThis.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hash !== facts.sha256) throw new Error(say("failed.damaged"));
}

/** Once for each picture of the screen at most: strokes come faster than they can be read. */
function changed() {
  byId("inside").setAttribute("aria-busy", true);
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    pad.paint();
    if (model) readAgain();
  });
}

function readAgain() {
  chosen = 0;
  reading = null; // if reading fails, no old answer stays
  try {
    picture = strokes.blank ? null : strokes.pixels();
    reading = picture ? read(model, picture) : { parts: [] };
    fail(null);
  } catch (error) {
    reading = { parts: [] };
    fail(say("failed.picture", { why: error.message }));
  }
  showHeadline(model, reading);
  showPanels();
}

function showPanels() {
  if (!reading) return;
  const part = reading.parts[chosen];
  showAnswer(model, reading, chosen, (i) => {
    chosen = i;
    showPanels();
    byId("parts").children[i]?.focus();
  });
  showBoxes(reading, chosen, strokes.frame, picture ?? { h: 1, w: 1 });
  showInput(model, reading, part);
  showSoftmax(model, part);
  clearTimeout(inside); // its many pictures take longer than an answer, so they wait for the pen to rest
  inside = setTimeout(() => {
    showInside(model, part);
    byId("inside").setAttribute("aria-busy", false);
  }, REST);
}

function showFacts() {
  const { name, title, dataset, accuracy, interval, parameters, weights, sha256 } = facts;
  const tested = () => say(dataset ? "facts.share.of" : "facts.share", { share: share(accuracy, 2), data: dataset });
  const right = accuracy === null ? null : tested();
  const [least, most] = (interval ?? []).map((x) => share(x, 2));
  const bounds = interval && right ? say("facts.interval", { least, most }) : "";
  const rows = [
    ["facts.name", [name, titleOf(title)].filter(Boolean).join(": ") || say("facts.no_name")],
    ["facts.right", right ? right + bounds : say("facts.not_said")],
    ["facts.parameters", count(parameters)],
    ["facts.weights", `sha256 ${weights}`],
    ["facts.file", `sha256 ${sha256}`],
  ];
  const known = name ?? say("page.a_model");
  document.title = say("page.title", { name: known });
  byId("about").textContent = right ? say("facts.right_on", { name: known, right }) : known;
  byId("facts").replaceChildren(...rows.map(([key, text]) => el("div", {}, el("dt", {}, say(key)), el("dd", {}, text))));
}
