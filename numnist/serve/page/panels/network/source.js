/** Sources: the lines of numnist that made a number, forward and backward. */

import { el } from "./parts.js";

/** {file, forward, backward}, each way with its first line's number and its text; `back`: which of them is open. */
export function sources({ file, forward, backward }, back) {
  return el(
    "div", { class: "sources-of-unit" },
    forward && lines("Source, forward", file, forward, !back),
    backward && lines("Source, backward", file, backward, back),
  );
}

function lines(title, file, { line, text }, open) {
  const rows = text.split("\n").map((code, i) => el(
    "span", { class: "code-line" }, el("span", { class: "line-number", "aria-hidden": "true" }, line + i), code, "\n",
  ));
  return el(
    "details", { open, class: "source" },
    el("summary", {}, title, el("span", { class: "note" }, ` ${file}:${line}`)),
    el("pre", { tabIndex: 0, role: "region", "aria-label": `${title}: ${file}` }, el("code", {}, rows)),
  );
}
