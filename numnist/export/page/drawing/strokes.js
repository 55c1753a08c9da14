/** Strokes: what is drawn, with undo and redo, and as pixels. */

const SIDE = 280; // units of the pad's side, which are the pixels of a drawing that is read

/** What is on the pad: steps, each {points, width} or {image, picture}; a picture replaces what was there. */
class Strokes {
  steps = [];
  undone = [];

  add(step) {
    this.steps.push(step);
    this.undone = [];
  }

  undo() {
    if (this.steps.length) this.undone.push(this.steps.pop());
  }

  redo() {
    if (this.undone.length) this.steps.push(this.undone.pop());
  }

  clear() {
    if (!this.blank) this.add({ cleared: true });
  }

  /** The steps since the last picture or the last clearing. */
  get seen() {
    const from = this.steps.findLastIndex((step) => step.cleared || step.image);
    return this.steps.slice(Math.max(0, from)).filter((step) => !step.cleared);
  }

  get blank() {
    return this.seen.length === 0;
  }

  /** The part of the pad that is read, in units: all of it, or what a picture of other proportions fills. */
  get frame() {
    const [{ picture } = {}] = this.seen;
    if (!picture) return { left: 0, top: 0, width: SIDE, height: SIDE };
    const scale = SIDE / Math.max(picture.h, picture.w);
    const [height, width] = [picture.h, picture.w].map((n) => Math.max(1, Math.round(n * scale)));
    return { left: (SIDE - width) / 2, top: (SIDE - height) / 2, width, height };
  }

  /** Draw on a canvas's context in units of the pad. */
  render(context, ink, paper) {
    context.fillStyle = paper;
    context.fillRect(0, 0, SIDE, SIDE);
    context.fillStyle = context.strokeStyle = ink;
    context.lineCap = context.lineJoin = "round";
    const { left, top, width, height } = this.frame;
    for (const step of this.seen) {
      if (step.image) context.drawImage(step.image, left, top, width, height);
      else drawStroke(context, step);
    }
  }

  /** The pixels to read, {h, w, channels, data}: a picture alone as it came, else what is on the pad. */
  pixels() {
    const { seen } = this;
    if (seen.length === 1 && seen[0].picture) return seen[0].picture;
    const canvas = el("canvas", { width: SIDE, height: SIDE });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    this.render(context, "#000", "#fff");
    const { left, top, width, height } = this.frame;
    return pixelsOf(context.getImageData(left, top, width, height));
  }
}

/** One path without joints: quadratic curves between the midpoints of the segments, with the points as controls. */
function drawStroke(context, { points, width }) {
  const [first] = points;
  context.beginPath();
  if (points.length === 1) {
    context.arc(...first, width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.lineWidth = width;
  context.moveTo(...first);
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i], [nextX, nextY] = points[i + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  context.lineTo(...points.at(-1));
  context.stroke();
}

/** A canvas's pixels as a picture: with transparency only where there is some. */
function pixelsOf({ width: w, height: h, data }) {
  for (let i = 3; i < data.length; i += 4) if (data[i] < 255) return { h, w, channels: 4, data };
  const solid = new Uint8Array(h * w * 3);
  for (let i = 0; i < h * w; i++) for (let c = 0; c < 3; c++) solid[3 * i + c] = data[4 * i + c];
  return { h, w, channels: 3, data: solid };
}
