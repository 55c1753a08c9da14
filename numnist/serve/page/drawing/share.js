/** Share: the drawing as a picture file, and a link to the page as it is now. */

import { place } from "../base/place.js";
import { say } from "../base/words.js";
import { written } from "./memory.js";

const SHOWN = 2500; // milliseconds that a button says what it did

export function share(root, drawing, app) {
  const part = (name) => root.querySelector(`[data-tool="${name}"]`);

  part("save").addEventListener("click", async () => {
    const label = app.state.lost === null ? app.state.answer?.label : null;
    const url = URL.createObjectURL(await drawing.png());
    const name = `numnist-${String(label ?? say("draw.file")).replace(/\W+/g, "-")}.png`;
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    URL.revokeObjectURL(url);
  });

  part("link").addEventListener("click", async ({ currentTarget }) => {
    const strokes = drawing.blank ? "" : written(drawing.steps);
    const link = new URL(`#${place(app, { drawing: strokes })}`, location.href);
    const missing = strokes === null ? ".part" : "";
    try {
      await navigator.clipboard.writeText(link);
      tell(currentTarget ?? part("link"), say(`draw.copied${missing}`));
    } catch { // it is not there on a page that is not of this machine and not encrypted
      history.replaceState(null, "", link);
      tell(part("link"), say(`draw.address${missing}`));
    }
  });

  function tell(button, words) {
    const text = button.querySelector("span");
    text.dataset.name ??= text.textContent;
    text.textContent = words;
    app.announce(say("draw.did", { button: text.dataset.name, words }), "link");
    setTimeout(() => (text.textContent = text.dataset.name), SHOWN);
  }

  const follow = () => (part("save").disabled = drawing.steps.length === 0);
  drawing.onChange(follow);
  follow();
}
