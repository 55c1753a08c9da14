
// A table sorts by the column whose head is chosen: numbers by size, once more for the other way.
for (const head of document.querySelectorAll("#settings thead th")) {
  const button = element("button", { type: "button" }, ...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const table = head.closest("table");
    const column = [...head.parentElement.children].indexOf(head);
    const ascending = head.getAttribute("aria-sort") === "descending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const units = { ms: 1e-3, s: 1, min: 60, h: 3600 };
    const key = (row) => {
      const text = row.children[column].textContent;
      const [, number, unit] = text.replaceAll(",", "").match(/^(-?[\d.]+(?:e[+-]?\d+)?)\s*(ms|s|min|h)?/) || [];
      return number === undefined ? text : Number(number) * (units[unit] || 1);
    };
    const rows = [...table.tBodies[0].rows].sort((a, b) => {
      const [one, two] = [key(a), key(b)];
      const order = typeof one === "number" && typeof two === "number" ? one - two : String(one).localeCompare(String(two));
      return ascending ? order : -order;
    });
    table.tBodies[0].append(...rows);
  });
}

// Charts: a trial that is chosen by pointing, a tap or the arrow keys is marked in every chart and told in words.
const told = JSON.parse(byId("trials").textContent);
const REACH = 24; // pixels from a mark within which it is meant

function choices(number) {
  const values = told.trials[number].slice(2);
  return told.fields.map((field, i) => [field, values[i]]).filter(([, value]) => value !== null);
}

function sentence(number) {
  const [name, outcome] = told.trials[number];
  return `${name}: ${outcome} (${choices(number).map((choice) => choice.join(" ")).join(", ")})`;
}

// The points of a mark, as the chart's units have it: the corners of a line, or the middle of anything else.
function corners(mark) {
  const line = mark.matches("polyline") ? mark : mark.querySelector("polyline");
  if (line) return [...line.points].map(({ x, y }) => [x, y]);
  const { x, y, width, height } = mark.getBBox();
  return [[x + width / 2, y + height / 2]];
}

function distance([x, y], points) {
  let least = Infinity;
  for (const [i, [bx, by]] of points.entries()) {
    const [ax, ay] = points[Math.max(0, i - 1)];
    const [dx, dy] = [bx - ax, by - ay];
    const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
    least = Math.min(least, Math.hypot(x - ax - along * dx, y - ay - along * dy));
  }
  return least;
}

// The arrow keys go through lines from the best, and through points from left to right.
function inOrder(marks) {
  if (marks.some((mark) => !mark.matches("circle, path"))) return marks.reverse();
  const places = new Map(marks.map((mark) => [mark, corners(mark)[0]]));
  return marks.sort((a, b) => places.get(a)[0] - places.get(b)[0] || places.get(b)[1] - places.get(a)[1]);
}

const charts = [...document.querySelectorAll("svg.chart")].map((svg) => {
  const marks = inOrder([...svg.querySelectorAll("[data-trial]")]);
  return { svg, marks, numbers: marks.map((mark) => mark.dataset.trial), points: marks.map(corners), stop: 0 };
}).filter((chart) => chart.marks.length);
let [chosen, current] = [null, charts[0]]; // a trial's number; the chart in which it was chosen

for (const chart of charts) {
  chart.svg.setAttribute("role", "listbox");
  for (const [i, mark] of chart.marks.entries()) {
    const attributes = { role: "option", "aria-posinset": i + 1, "aria-setsize": chart.marks.length };
    for (const [name, value] of Object.entries(attributes)) mark.setAttribute(name, value);
    mark.setAttribute("aria-selected", false);
    mark.setAttribute("tabindex", i ? -1 : 0);
    mark.querySelector("title").textContent = sentence(mark.dataset.trial); // its name, and what pointing shows
  }
  const nearest = (event) => {
    const screen = chart.svg.getScreenCTM();
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(screen.inverse());
    const far = chart.points.map((points) => distance([x, y], points));
    const hit = chart.marks.indexOf(event.target.closest("[data-trial]"));
    const best = hit >= 0 ? hit : far.indexOf(Math.min(...far));
    return hit >= 0 || far[best] * screen.a <= REACH ? best : -1;
  };
  chart.svg.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse") return;
    const i = nearest(event);
    show(i < 0 ? chosen : chart.numbers[i]);
  });
  chart.svg.addEventListener("pointerleave", () => show(chosen));
  chart.svg.addEventListener("click", (event) => {
    const i = nearest(event);
    if (i >= 0) chart.marks[i].focus({ preventScroll: true });
    choose(i < 0 ? null : chart.numbers[i]);
  });
  chart.svg.addEventListener("keydown", (event) => {
    const last = chart.marks.length - 1;
    const to = {
      ArrowRight: chart.stop + 1, ArrowDown: chart.stop + 1, ArrowLeft: chart.stop - 1, ArrowUp: chart.stop - 1,
      Home: 0, End: last,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    chart.marks[Math.min(last, Math.max(0, to))].focus();
  });
}

document.addEventListener("focusin", ({ target }) => { // on the svg itself this would make Chromium focus it too
  const chart = charts.find(({ marks }) => marks.includes(target));
  if (!chart) return;
  current = chart;
  choose(target.dataset.trial);
});

// What is chosen, in words.
const heading = element("h2");
const facts = element("dl");
const spoken = element("p", { className: "spoken", role: "status" }); // a button, unlike the focus, says nothing itself
const steps = [["‹", "Previous trial", -1], ["›", "Next trial", 1]].map(([textContent, ariaLabel, by]) => {
  const button = element("button", { type: "button", textContent, ariaLabel });
  button.addEventListener("click", () => {
    const { numbers } = current;
    choose(numbers[(numbers.indexOf(chosen) + by + numbers.length) % numbers.length]);
    spoken.textContent = sentence(chosen);
  });
  return button;
});
const close = element("button", { type: "button", textContent: "×", ariaLabel: "Close" });
close.addEventListener("click", dismiss);
const head = element("div", {}, heading, ...steps, close);
const panel = element("aside", { id: "trial", hidden: true, ariaLabel: "Chosen trial" }, head, facts, spoken);
document.body.append(panel);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") dismiss(); });
for (const hint of document.querySelectorAll(".hint")) {
  hint.textContent = "Point at a trial, tap it, or use Tab and the arrow keys: every chart shows it.";
}

function dismiss() {
  if (panel.contains(document.activeElement)) current.marks[current.stop].focus({ preventScroll: true });
  choose(null);
}

function choose(number) {
  chosen = number;
  for (const chart of charts) {
    const i = chart.numbers.indexOf(number);
    for (const mark of chart.svg.querySelectorAll("[aria-selected=true]")) mark.setAttribute("aria-selected", false);
    if (i < 0) continue;
    chart.marks[chart.stop].setAttribute("tabindex", -1);
    chart.stop = i;
    chart.marks[i].setAttribute("tabindex", 0);
    chart.marks[i].setAttribute("aria-selected", true);
  }
  show(number);
}

let visible = null;
function show(number) {
  if (number === visible) return;
  visible = number;
  for (const { svg, marks, numbers, points } of charts) {
    svg.querySelector(".chosen")?.remove();
    const i = numbers.indexOf(number);
    if (i >= 0) svg.append(emphasis(marks[i], points[i]));
  }
  panel.hidden = number === null;
  if (number === null) return;
  const [name, outcome] = told.trials[number];
  heading.textContent = name;
  facts.replaceChildren(...[[told.quantity, outcome], ...choices(number)].map(
    ([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value)),
  ));
}

// What stands for the trial, once more above all others, on a halo of the background.
function emphasis(mark, points) {
  const drawn = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const group = drawn("g", { class: "chosen", "aria-hidden": true });
  const [[cx, cy]] = points;
  if (points.length > 1) {
    group.append(...["halo", "line"].map((kind) => drawn("polyline", { points: points.join(" "), class: kind })));
  } else {
    const copy = mark.cloneNode(true); // a title in it tells nothing: it is hidden from readers and pointers
    for (const name of copy.getAttributeNames()) if (/^(role|tabindex|data-|aria-)/.test(name)) copy.removeAttribute(name);
    group.append(drawn("circle", { cx, cy, r: 8.5, class: "disc" }), copy);
  }
  return group;
}
