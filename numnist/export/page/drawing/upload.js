/** Pictures of your own: from a file, the clipboard, or dropped on the page. */

const LARGEST = 2000; // pixels of the longer side that are kept: of more, not every pixel would be used

/** take({image, picture}) gets a picture;  fail(text) why there is none. */
function uploads(take, fail) {
  async function load(file) {
    if (!file) return fail(say("failed.no_picture"));
    try {
      const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
      const [width, height] = [bitmap.width, bitmap.height].map((n) => Math.max(1, Math.round(n * scale)));
      const image = el("canvas", { width, height }), context = image.getContext("2d", { willReadFrequently: true });
      context.imageSmoothingQuality = "high";
      context.drawImage(bitmap, 0, 0, width, height);
      bitmap.close();
      take({ image, picture: pixelsOf(context.getImageData(0, 0, width, height)) });
    } catch {
      fail(say("failed.not_shown", { file: file.name || say("failed.the_file") }));
    }
  }

  const first = (transfer) => [...(transfer?.files ?? [])].find(({ type }) => type.startsWith("image/"));
  byId("choose").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", ({ target }) => {
    if (target.files.length) load(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });
  document.addEventListener("paste", ({ clipboardData }) => {
    if (first(clipboardData)) load(first(clipboardData));
  });
  document.addEventListener("dragover", (event) => event.preventDefault()); // else the browser opens the file
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    load(first(event.dataTransfer));
  });
}
