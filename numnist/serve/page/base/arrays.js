/** Arrays: numbers as the server packs them, and how they become pictures in the page's colours. */

import { bitmap, range } from "./panels/pictures.js";

const KINDS = { float32: Float32Array, uint8: Uint8Array };

/** {dtype, shape, base64} -> {shape, data}, data in C order. */
export function unpack({ dtype, shape, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return { shape, data: new KINDS[dtype](bytes.buffer) };
}

const painted = new WeakMap(); // canvas -> how to paint it again in other colours

/**
 * Paint an array (H, W), (1, H, W) or, in its own colours, (3, H, W) on a canvas, one pixel each; CSS sets the size.
 *
 * scale "ink": from 0, the paper, to 255, the ink, as the page's theme has them.  scale "grey": from 0, black, to 255, white.
 * scale "signed": the paper's colour is 0, more and less than it diverge.
 */
export function paint(canvas, array, scale = "ink") {
  painted.set(canvas, [array, scale]);
  const [height, width] = array.shape.slice(-2);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const colour = array.shape.length === 3 && array.shape[0] === 3;
  if (colour || scale === "grey") {
    context.putImageData(asItIs(array.data, width, height, colour ? width * height : 0), 0, 0);
    return;
  }
  const signed = scale === "signed";
  const most = signed ? range(array.data).most : 255;
  context.drawImage(bitmap(array.data, height, width, { signed, most }), 0, 0);
}

/** Paint every canvas anew: the colours of the page have changed. */
export function repaint() {
  for (const canvas of document.querySelectorAll("canvas")) {
    if (painted.has(canvas)) paint(canvas, ...painted.get(canvas));
  }
}

/** Red, green and blue as the numbers say; they are `plane` numbers apart, 0 where there is only grey. */
function asItIs(values, width, height, plane) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = values[c * plane + i];
    image.data[4 * i + 3] = 255;
  }
  return image;
}
