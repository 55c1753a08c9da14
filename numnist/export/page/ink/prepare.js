/**
 * Preprocessing: from any picture to the input that a network expects, with every step that was taken.
 *
 * An ink is {picture, light, box, scale, shift, blank, clear, stages, characters, halves}: see Python's numnist.ink.
 */

function prepare(picture, preparation, [C, H, W]) {
  if (preparation === "digits") return prepareDigit(picture, H, W);
  return preparePhoto(picture, [C, H, W], preparation === "photo");
}

const plain = { clear: true, characters: [], halves: () => [] };

/** Handwriting, prepared as MNIST was. */
function prepareDigit(picture, H, W) {
  const { planes, stride } = asFloats(picture), grey = toGrey(planes);
  const { ink, light } = extractForeground(grey), stages = { given: [grey], ink: [ink] };
  if (largest(ink.data) < CENTER.THRESHOLD) {
    const blank = { h: H, w: W, data: new Uint8Array(H * W) }, box = [0, 0, picture.h, picture.w];
    return { ...plain, picture: [blank], light, box, scale: 1, shift: [0, 0], blank: true, stages };
  }
  const found = centerInFrame(ink, H, W), [down, right] = found.shift;
  stages.fit = [rolled(found.picture, -down, -right)];
  stages.center = [found.picture];
  const box = inPicture(found.box, stride, picture.h, picture.w);
  const { scale, shift } = found;
  return { ...plain, picture: [found.picture], light, box, scale: scale / stride, shift, blank: false, stages, stride };
}

/** A box in pixels of the original. */
const inPicture = (box, stride, h, w) => box.map((line, i) => Math.min(line * stride, i % 2 ? w : h));

/** An object or a scene, prepared as the photographs of a data set were. */
function preparePhoto(picture, [C, H, W], invert) {
  const { planes: given, stride } = asFloats(picture), { h, w } = given[0];
  let planes = C === 1 ? [toGrey(given)] : Array.from({ length: 3 }, (_, c) => given[c % given.length]);
  const stages = { given: planes };
  let light = true, box = { top: 0, left: 0, bottom: h, right: w };
  if (invert && C === 1) {
    if (h !== H || w !== W) {
      const found = extractObject(planes[0]);
      ({ box, light } = found);
      planes = [found.picture];
    } else if (median(border(planes[0])) > 0.5) {
      planes = [mapped(planes[0], (x) => 1 - x)];
      light = false;
    }
  }
  stages.ink = planes;
  const cut = planes.map((plane) => part(plane, box)), { h: rows, w: columns } = cut[0];
  // what is added looks like the border of a scene; around an object it is black
  const edges = cut.map((plane) => (planes === stages.given ? rint(median(border(plane)) * 255) / 255 : 0));
  const scale = Math.min(H / rows, W / columns);
  const [height, width] = [rows, columns].map((n) => Math.max(1, rint(n * scale)));
  const top = Math.floor((H - height) / 2), left = Math.floor((W - width) / 2);
  stages.fit = cut.map((plane, c) => {
    const small = resize(plane, height, width), out = new Uint8Array(H * W).fill(rint(edges[c] * 255));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) out[(top + y) * W + left + x] = rint(small.data[y * width + x] * 255);
    }
    return { h: H, w: W, data: out };
  });
  const corners = inPicture([box.top, box.left, box.bottom, box.right], stride, picture.h, picture.w);
  return {
    ...plain, picture: stages.fit, light, box: corners, scale: scale / stride, shift: [0, 0], blank: false, stages, stride,
  };
}
