/** Pictures: arrays of numbers as exact pixels. */

/** A canvas of these planes, one in grey or three in colour, of 0..255 in whole numbers or of 0..1. */
function pictureOf(planes, label) {
  const { h, w, data } = planes[0], unit = data instanceof Uint8Array ? 1 : 255;
  const canvas = el("canvas", { width: w, height: h, role: "img", "aria-label": label });
  const context = canvas.getContext("2d"), image = context.createImageData(w, h);
  for (let i = 0; i < h * w; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = planes[c % planes.length].data[i] * unit; // clamped
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** A grid of planes, shrunk where it is larger than can be seen. */
const shown = (planes, most = 96) => planes.map((plane) => {
  const scale = most / Math.max(plane.h, plane.w);
  if (scale >= 1) return plane;
  return resize(plane, Math.max(1, rint(plane.h * scale)), Math.max(1, rint(plane.w * scale)));
});

/** A colour of the theme by its name, as [red, green, blue]; page.css writes them as #rrggbb. */
function themeColour(name) {
  const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`);
  return [...value.matchAll(/[0-9a-f]{2}/gi)].map(([digits]) => parseInt(digits, 16));
}

/**
 * A layer's output on a canvas: its channels as tiles side by side, or its features as a row of cells that wraps; above
 * 0 in one colour, below in another.
 */
function outputOf({ shape, data }, label) {
  const [C, h, w] = shape.length === 3 ? shape : [shape[0], 1, 1];
  const side = Math.max(h, w), scale = Math.max(1, Math.min(Math.floor(60 / side), 12)), gap = 2;
  const wide = w * scale + gap, high = h * scale + gap;
  const across = Math.max(1, Math.min(C, Math.floor(560 / wide))), rows = Math.ceil(C / across);
  const canvas = el("canvas", { width: across * wide, height: rows * high, role: "img", "aria-label": label });
  const [paper, plus, minus] = ["surface", "plus", "minus"].map(themeColour);
  const most = data.reduce((all, x) => Math.max(all, Math.abs(x)), 0) || 1;
  const context = canvas.getContext("2d"), image = context.createImageData(canvas.width, canvas.height);
  for (let c = 0; c < C; c++) {
    const left = (c % across) * wide, top = Math.floor(c / across) * high;
    for (let y = 0; y < h * scale; y++) {
      for (let x = 0; x < w * scale; x++) {
        const value = data[c * h * w + Math.floor(y / scale) * w + Math.floor(x / scale)] / most;
        const colour = value >= 0 ? plus : minus, share = Math.abs(value);
        const at = 4 * ((top + y) * canvas.width + left + x);
        for (let k = 0; k < 3; k++) image.data[at + k] = paper[k] + (colour[k] - paper[k]) * share;
        image.data[at + 3] = 255;
      }
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}
