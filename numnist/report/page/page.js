"use strict";
// The page works without this: it adds the switch of colours, the copy buttons, and the pictures of a cell.

const byId = (id) => document.getElementById(id);

// Colours: the reader's choice, kept where the browser lets us, else what the system says.
const root = document.documentElement;
const button = byId("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const remembered = {
  get() { try { return localStorage.getItem("numnist-theme"); } catch { return null; } },
  set(theme) { try { localStorage.setItem("numnist-theme", theme); } catch { /* not allowed: for this visit only */ } },
};

function current() {
  return root.dataset.theme || (system.matches ? "dark" : "light");
}

function nameSwitch() {
  const other = current() === "dark" ? "light" : "dark";
  button.textContent = other === "dark" ? "Dark" : "Light";
  button.setAttribute("aria-label", `Switch to ${other} colours`);
}

if (remembered.get()) root.dataset.theme = remembered.get();
button.hidden = false;
nameSwitch();
system.addEventListener("change", nameSwitch);
button.addEventListener("click", () => {
  root.dataset.theme = current() === "dark" ? "light" : "dark";
  remembered.set(root.dataset.theme);
  nameSwitch();
});

// Copying.
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch { // no clipboard without https: select it, and ask the browser the old way
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return document.execCommand("copy");
  }
  return true;
}

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(button.parentElement.querySelector("code"));
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

// The confusion matrix.
function element(name, text, kind) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function show(cell, { classes, photo, cells }, chosen) {
  const places = chosen.dataset.cell.split("-");
  const [truth, answer] = places.map((k) => classes[k]);
  const pictures = cells[chosen.dataset.cell];
  const total = Number(chosen.textContent);
  const right = places[0] === places[1];
  byId("cell-title").textContent = right ? `${truth} read right` : `${truth} taken for ${answer}`;
  const order = right ? "those of which it was least sure" : "those of which it was surest";
  const which = pictures.length < total ? `${pictures.length} of ${total}, ${order}` : `${total} in all`;
  cell.querySelector("p").textContent = which;
  cell.querySelector("ul").replaceChildren(...pictures.map(([address, sure, index]) => {
    const card = element("li");
    const image = element("img", "", photo ? "picture photo" : "picture");
    image.src = address;
    image.alt = `${truth}, read as ${answer}`;
    card.append(image, element("p", sure, "sure"));
    card.title = `picture ${index}`;
    return card;
  }));
  for (const other of document.querySelectorAll("[data-cell][aria-pressed=true]")) {
    other.setAttribute("aria-pressed", "false");
  }
  chosen.setAttribute("aria-pressed", "true");
  cell.hidden = false;
}

const cell = byId("cell");
if (cell) {
  const data = JSON.parse(byId("cells").textContent);
  const buttons = [...document.querySelectorAll("[data-cell]")];
  const mistakes = buttons.filter((button) => button.closest(".wrong"));
  const most = (mistakes.length ? mistakes : buttons).reduce(
    (a, b) => (Number(b.textContent) > Number(a.textContent) ? b : a));
  show(cell, data, most);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      show(cell, data, button);
      cell.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
    });
  }
}
