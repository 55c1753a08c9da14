/** Place: which model, layer and section are looked at stands in the address, so that a reload or a link leads there. */

const KEPT = ["model", "layer", "at", "lang"]; // keys of app.state

/** The place that the address names: {model, layer, at, lang, drawing}, each a text or null. */
export function placeInAddress() {
  const given = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  return Object.fromEntries([...KEPT, "drawing"].map((key) => [key, given.get(key)]));
}

/** #model=digits&layer=3&at=network, without what is not set.  more: what else it is to hold. */
export function place(app, more = {}) {
  const all = { ...Object.fromEntries(KEPT.map((key) => [key, app.state[key]])), ...more };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

/**
 * Keep the address up to date: with app.state.model and layer, and with `at`, the section that is being looked at.
 *
 * visit(place) is called when another address is typed, or a link of the page's own is followed.
 */
export function followPlace(app, sections, visit) {
  const write = () => app.state.model && history.replaceState(history.state, "", `#${place(app)}`);
  for (const key of KEPT) app.on(key, write);

  const middle = new IntersectionObserver((entries) => {
    const { target } = entries.findLast((entry) => entry.isIntersecting) ?? {};
    if (target) app.set("at", target === sections[0] ? null : target.id); // the first is in sight without scrolling
  }, { rootMargin: "-50% 0px" });
  for (const section of sections) middle.observe(section);

  addEventListener("hashchange", () => {
    visit(placeInAddress());
    write(); // a link of the page's own, #network, has left out all the rest
  });
  write();
}

/** Scroll to a section, at once. */
export function show(at) {
  if (at) document.getElementById(at)?.scrollIntoView({ behavior: "instant" });
}
