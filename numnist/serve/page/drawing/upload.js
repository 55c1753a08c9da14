/** Incoming: pictures from elsewhere: a file, the clipboard, something dropped, a test picture of the model's data. */

import { unpack } from "./arrays.js";

const LARGEST = 1120; // pixels of a picture's longer side that are kept, four a unit

/** place(image, facts) takes a picture;  fail(text) says why there is none. */
export function incoming(place, fail) {
  async function take(file) {
    if (!file) return;
    try {
      place(await decoded(file), {});
    } catch {
      fail(`${file.name || "What was given"} is not a picture that this browser can show: take a PNG or a JPEG.`);
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
    event.preventDefault(); // else the browser leaves the page and opens the file
    dropping(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? dropping(false)); // out of the window
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    dropping(false);
    const file = firstPicture(event.dataTransfer);
    if (file) take(file);
    else fail("What was dropped is not a picture: drop a PNG or a JPEG.");
  });
  return take;
}

const dropping = (on) => document.body.classList.toggle("dropping", on);
const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
const firstPicture = (transfer) => [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));

/** A file as a canvas, turned as its EXIF says, laid on white, and no larger than can be used. */
async function decoded(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

/** A test picture for place(): grey ones as ink, so that they look like drawings; colours as they are. */
export async function testPicture(app, label = null) {
  const query = new URLSearchParams({ model: app.state.model });
  if (label !== null) query.set("label", label);
  const { data, label: truth, index, picture } = await app.api.latest("gallery", `/api/gallery?${query}`);
  const { shape, data: values } = unpack(picture);
  const [height, width] = shape.slice(-2);
  const colour = shape.length === 3 && shape[0] === 3;
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    if (!colour) image.data[4 * i + 3] = values[i];
    else image.data.set([values[i], values[width * height + i], values[2 * width * height + i], 255], 4 * i);
  }
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return [canvas, { ink: !colour, truth, data, index }];
}
