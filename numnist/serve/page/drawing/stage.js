/** Stage: sheet, prediction and input as large as the screen, for the back row. The button or S enters it, Escape leaves. */

import { say } from "../base/words.js";

/** button: the one that enters and leaves it. */
export function stage(button, app) {
  const { classList } = document.body;

  function set(on) {
    if (on === classList.contains("stage")) return;
    classList.toggle("stage", on);
    button.setAttribute("aria-pressed", on);
    button.querySelector("span").textContent = say(on ? "draw.stage.leave" : "draw.stage");
    app.announce(say(on ? "draw.stage.on" : "draw.stage.off"), "stage");
    if (on) {
      scrollTo({ top: 0, behavior: "instant" });
      document.documentElement.requestFullscreen?.().catch(() => {}); // where it is refused, the window is the stage
    } else if (document.fullscreenElement) {
      document.exitFullscreen().catch(() => {});
    }
  }

  button.addEventListener("click", () => set(!classList.contains("stage")));
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input:not([type=range], [type=checkbox]), textarea, select")) return;
    if (event.key.toLowerCase() === "s") set(!classList.contains("stage"));
    else if (event.key === "Escape") set(false);
  });
  document.addEventListener("fullscreenchange", () => document.fullscreenElement ?? set(false)); // by the browser's own Escape
}
