/** Sources of pictures: the test set, and your own from a file, the clipboard, or dropped on the page. */

import { unpack } from "../base/arrays.js";
import { el } from "../base/dom.js";
import { isColour, levels, pixels } from "../base/pictures.js";
import { address } from "../base/request.js";
import { say } from "../base/words.js";

const LARGEST = 1120; // pixels of a picture's longer side that are kept, four a unit of the pad

/** A random test picture of the model's data set, {image, ...facts}: a grey one as ink, so that it looks drawn. */
export async function testPicture(app) {
  const { data, label, index, picture } = await app.api.latest("gallery", address(app, "/api/gallery"));
  const array = unpack(picture);
  const ink = !isColour(array.shape);
  const [height, width] = array.shape.slice(-2);
  const image = ink ? pixels(height, width, (i, c) => (c === 3 ? array.data[i] : 0)) : levels(array);
  return { image, ink, truth: label, data, index };
}

/** place({image}) takes a picture;  fail(text) reports why there is none.  Returns a function that takes a file. */
export function uploads(place, fail) {
  async function take(file) {
    if (!file) return;
    try {
      place({ image: await decoded(file) });
    } catch {
      fail(say("draw.no_picture", { file: file.name || say("draw.the_file") }));
    }
  }

  document.addEventListener("paste", (event) => {
    const file = firstPicture(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    take(file);
  });
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault(); // otherwise the browser leaves the page and opens the file
    dropping(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? dropping(false)); // out of the window
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    dropping(false);
    const file = firstPicture(event.dataTransfer);
    if (file) take(file);
    else fail(say("draw.not_dropped"));
  });
  return take;
}

const dropping = (on) => document.body.classList.toggle("dropping", on);
const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
const firstPicture = (transfer) => [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));

/** A file as a canvas: rotated by its EXIF orientation, on white, and no larger than can be used. */
async function decoded(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((size) => Math.max(1, Math.round(size * scale)));
  const canvas = el("canvas", { width, height });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return canvas;
}
