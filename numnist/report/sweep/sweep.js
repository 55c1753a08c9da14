
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
