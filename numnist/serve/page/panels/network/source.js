/** Source: the lines of numnist that computed a number, forward and backward. */

import { el } from "../../base/dom.js";

/** {file, forward, backward}, each pass with its first line's number and its text; back: the backward pass is open. */
export function sourceCode({ file, forward, backward }, back) {
  return el(
    "div", { class: "source-code" },
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
