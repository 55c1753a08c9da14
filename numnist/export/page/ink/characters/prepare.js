/** Preparing a number: each of its characters as a network expects one. */

const CHARACTERS = {
  WIDE: 1.75, // times as wide as high: no digit is
  RIM: 100, // of the ink's longer side one part is added to a pixel of soft rim around what is inked
};

/** As `prepare`; and where handwriting is of several characters, or may be, these too: `characters` and `halves`. */
function prepareCharacters(picture, preparation, shape) {
  const whole = prepare(picture, preparation, shape);
  if (preparation !== "digits" || whole.blank) return whole;
  const strength = whole.stages.ink[0], box = extent(strength), ink = part(strength, box);
  const found = separate(ink);
  if (found.count < 2) return withHalves(whole, whole, picture, ink, [box.top, box.left], found.pen);
  const near = 1 + Math.floor(Math.max(ink.h, ink.w) / CHARACTERS.RIM);
  const characters = Array.from({ length: found.count }, (_, i) => {
    const place = i + 1, mine = extent(masked(found.labels, (label) => label === place));
    const around = {
      top: Math.max(0, mine.top - near), left: Math.max(0, mine.left - near),
      bottom: Math.min(ink.h, mine.bottom + near), right: Math.min(ink.w, mine.right + near),
    };
    const labels = part(found.labels, around), own = masked(labels, (label) => label === place);
    const rim = grown(own, near), others = grown(masked(labels, (label) => label && label !== place));
    const kept = (j) => (rim.data[j] && !others.data[j]) || own.data[j];
    const alone = mapped(part(ink, around), (x, j) => (kept(j) ? x : 0));
    const corner = [box.top + around.top, box.left + around.left];
    return withHalves(whole, character(whole, picture, alone, corner), picture, alone, corner, found.pen);
  });
  return { ...whole, characters, clear: found.clear };
}

/** A character alone.   ink: a grid;  corner: where its upper left corner is in the whole's ink */
function character(whole, picture, ink, [top, left]) {
  const { h, w } = whole.picture[0], { stride } = whole;
  const placed = centerInFrame(ink, h, w), [down, right] = placed.shift;
  const box = inPicture(placed.box.map((line, i) => line + (i % 2 ? left : top)), stride, picture.h, picture.w);
  const stages = { ...whole.stages, fit: [rolled(placed.picture, -down, -right)], center: [placed.picture] };
  const { scale, shift } = placed;
  return { ...plain, picture: [placed.picture], light: whole.light, box, scale: scale / stride, shift, blank: false, stages };
}

/** With its halves, if it may be two characters that touch; not clear if it is too wide for one. */
function withHalves(whole, one, picture, ink, corner, pen) {
  const [top, left, bottom, right] = one.box, { stride } = whole;
  const inside = {
    top: Math.floor(top / stride) - corner[0], left: Math.floor(left / stride) - corner[1],
    bottom: Math.ceil(bottom / stride) - corner[0], right: Math.ceil(right / stride) - corner[1],
  };
  const start = [corner[0] + inside.top, corner[1] + inside.left];
  const halves = () => cut(part(ink, inside), pen).map((half) => character(whole, picture, half, start));
  return { ...one, clear: right - left <= CHARACTERS.WIDE * (bottom - top), halves };
}
