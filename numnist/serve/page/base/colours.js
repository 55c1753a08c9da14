/** Colours: the theme's colours as numbers, and a listener for their change. */

const NAMES = ["paper", "ink", "plus", "minus", "accent", "line", "muted"];

/** The theme's colours by name, each as [red, green, blue, 255]. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, rgb(style.getPropertyValue(`--${name}`).trim())]));
}

const known = new Map();

/** Lets the browser parse the colour. */
function rgb(colour) {
  if (!known.has(colour)) {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    known.set(colour, [...context.getImageData(0, 0, 1, 1).data]);
  }
  return known.get(colour);
}

export const css = ([r, g, b], alpha = 1) => `rgb(${r} ${g} ${b} / ${alpha})`;

/** Call the listener whenever the system changes between light and dark. */
export function onThemeChange(listener) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", listener);
}
