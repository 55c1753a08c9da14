/** Rendering: strokes and pictures become pixels, in the same way on the screen and in the picture that is sent. */

import { el } from "../base/dom.js";

export const SIDE = 280; // units of the pad's side, which are the pixels of the picture that is sent

/** The part of the pad that is sent, in units: all of it, or what a picture of other proportions fills. */
export function frame(steps) {
  const { kind, width, height } = steps[0] ?? {};
  if (kind !== "picture") return { left: 0, top: 0, width: SIDE, height: SIDE };
  const scale = SIDE / Math.max(width, height);
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  return { left: (SIDE - size.width) / 2, top: (SIDE - size.height) / 2, ...size };
}

/** Draw the steps in units of the pad; the context's transform says how large a unit is. */
export function render(context, steps, { ink, paper }) {
  context.fillStyle = paper;
  context.fillRect(0, 0, SIDE, SIDE);
  for (const step of steps) {
    if (step.kind === "picture") drawPicture(context, step, frame([step]), ink);
    else drawStroke(context, step, step.erase ? paper : ink);
  }
}

function drawPicture(context, { image, ink: isInk }, { left, top, width, height }, ink) {
  context.imageSmoothingEnabled = !isInk; // test pictures keep their pixels
  context.imageSmoothingQuality = "high";
  context.drawImage(isInk ? tinted(image, ink) : image, left, top, width, height);
}

/** An image whose alpha is ink, in the theme's ink colour. */
function tinted(image, ink) {
  const canvas = el("canvas", { width: image.width, height: image.height });
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = ink;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}

/** One path without joints: quadratic curves between the midpoints of the segments, with the points as controls. */
function drawStroke(context, { points, width }, colour) {
  const [first] = points;
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  if (points.length === 1) {
    context.arc(...first, width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(...first);
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i];
    const [nextX, nextY] = points[i + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  context.lineTo(...points.at(-1));
  context.stroke();
}
