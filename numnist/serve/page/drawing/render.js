/** Brush: strokes and pictures become pixels; the same way on the screen and in the picture that is sent. */

import { SIDE } from "./strokes.js";

/** Where the sheet's picture lies, in units: all of the sheet, or as much of it as a picture of other proportions fills. */
export function frame(steps) {
  const { kind, width, height } = steps[0] ?? {};
  if (kind !== "picture") return { left: 0, top: 0, width: SIDE, height: SIDE };
  const scale = SIDE / Math.max(width, height);
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  return { left: (SIDE - size.width) / 2, top: (SIDE - size.height) / 2, ...size };
}

/** Draw the steps in units of the sheet; the context's transform says how large a unit is. */
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

/** An image whose alpha is ink, in the ink's colour of the moment. */
function tinted(image, ink) {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = ink;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}

/** One path, so that no joint shows: curves from middle to middle of the points, bent towards each point. */
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
