"use strict";
// The page works without this script.  It adds the switch of colours, the copy buttons, and the pictures of a cell.

const byId = (id) => document.getElementById(id);

// Colours: the reader's choice, stored if the browser allows it, else the system's setting.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const stored = {
  get() { try { return localStorage.getItem("numnist-theme"); } catch { return null; } },
  set(theme) { try { localStorage.setItem("numnist-theme", theme); } catch { /* for this visit only */ } },
};
const other = () => ((root.dataset.theme || (system.matches ? "dark" : "light")) === "dark" ? "light" : "dark");

function labelSwitch() {
  byId("theme").textContent = other() === "dark" ? "Dark" : "Light";
  byId("theme").setAttribute("aria-label", `Switch to ${other()} colours`);
}

if (stored.get()) root.dataset.theme = stored.get();
byId("theme").hidden = false;
labelSwitch();
system.addEventListener("change", labelSwitch);
byId("theme").addEventListener("click", () => {
  root.dataset.theme = other();
  stored.set(root.dataset.theme);
  labelSwitch();
});

// Copy buttons.
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch { // no clipboard without https: select the text and use the old command
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.textContent = (await copy(button.parentElement.querySelector("code"))) ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// The pictures of a cell of the confusion matrix.
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function show(cell, { classes, photo, cells }, chosen) {
  const key = chosen.dataset.cell;
  const [i, j] = key.split("-");
  const [truth, predicted, correct] = [classes[i], classes[j], i === j];
  const total = Number(chosen.textContent);
  const most = `the ${correct ? "least" : "most"} confident`;
  byId("cell-title").textContent = correct ? `${truth} classified correctly` : `${truth} classified as ${predicted}`;
  cell.querySelector("p").textContent =
    cells[key].length < total ? `${cells[key].length} of ${total}, ${most}` : `${total} in all`;
  cell.querySelector("ul").replaceChildren(...cells[key].map(([src, sure, index]) => element(
    "li", { title: `picture ${index}` },
    element("img", { src, className: photo ? "picture photo" : "picture", alt: `${truth}, classified as ${predicted}` }),
    element("p", { className: "sure", textContent: sure }),
  )));
  for (const button of document.querySelectorAll("[data-cell]")) button.setAttribute("aria-pressed", button === chosen);
  cell.hidden = false;
}

const cell = byId("cell");
if (cell) {
  const data = JSON.parse(byId("cells").textContent);
  const buttons = [...document.querySelectorAll("[data-cell]")];
  const mistakes = buttons.filter((button) => button.closest(".wrong"));
  const count = (button) => Number(button.textContent);
  show(cell, data, (mistakes.length ? mistakes : buttons).reduce((a, b) => (count(b) > count(a) ? b : a)));
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      show(cell, data, button);
      cell.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    });
  }
}
