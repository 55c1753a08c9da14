/** Share: the drawing as a picture file, and a link to the page as it is now. */

import { place } from "../base/place.js";
import { written } from "./memory.js";

const SHOWN = 2500; // milliseconds that a button says what it did

export function share(root, drawing, app) {
  const part = (name) => root.querySelector(`[data-tool="${name}"]`);

  part("save").addEventListener("click", async () => {
    const label = app.state.lost === null ? app.state.answer?.label : null;
    const url = URL.createObjectURL(await drawing.png());
    const name = `numnist-${String(label ?? "drawing").replace(/\W+/g, "-")}.png`;
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    URL.revokeObjectURL(url);
  });

  part("link").addEventListener("click", async ({ currentTarget }) => {
    const strokes = drawing.blank ? "" : written(drawing.steps);
    const link = new URL(`#${place(app, { drawing: strokes })}`, location.href);
    const missing = strokes === null ? ", without the picture" : "";
    try {
      await navigator.clipboard.writeText(link);
      tell(currentTarget ?? part("link"), `Copied${missing}`);
    } catch { // it is not there on a page that is not of this machine and not encrypted
      history.replaceState(null, "", link);
      tell(part("link"), `In the address bar${missing}`);
    }
  });

  function tell(button, words) {
    const text = button.querySelector("span");
    text.dataset.name ??= text.textContent;
    text.textContent = words;
    app.announce(`${text.dataset.name}: ${words}.`, "link");
    setTimeout(() => (text.textContent = text.dataset.name), SHOWN);
  }

  const follow = () => (part("save").disabled = drawing.steps.length === 0);
  drawing.onChange(follow);
  follow();
}
