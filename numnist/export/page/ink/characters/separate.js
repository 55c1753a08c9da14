/**
 * Separating: which pieces of ink are one character, and the order in which characters are read.
 *
 * A digit may be in pieces: a 5 whose bar is apart, a crossed 7, a line that the pen left for a moment.  Pieces of one
 * digit lie over one another or are short; digits stand side by side, each nearly as tall as the others.
 */

const SEPARATE = {
  TALL: 0.55, // of the tallest piece: what is at least so tall may be a digit of its own
  THIN: 0.3, // of the broadest pen: what is thinner was not written with the same pen
  SHARED: 0.4, // of the narrower one's width: pieces that share more columns lie over one another
  BESIDE: 0.3, // of the shorter one's height: pieces that share fewer rows do not stand side by side
  LEANING: 0.7, // of the shorter one's height: pieces that share more rows, one left of the other in each, stand so
  SHORT: 0.8, // of the taller one: what is shorter, and
  HANGS: 0.3, // ends so far above its foot, is part of an open 4
  APART: 0.3, // of the tallest piece: what lies over another and further apart may be on another line
  SLIM: 0.75, // times as high as wide, at least: a digit of another line; the halves of a broken one are flat
  NEAR: 0.75, // of the pen's width: a mark as near as this belongs to the digit
  MARK: 0.5, // of the square of the pen's width: smaller things are specks
};

/**
 * The characters in ink, of which there is some: {labels, count, clear, pen}; labels are 0 on paper, else the
 * character's place from 1.
 */
function separate(ink) {
  const pieces = piecesOf(ink), { labels, all } = pieces;
  if (all.length === 1) return { labels, count: 1, clear: true, pen: all[0].pen }; // as nearly every digit is
  const tallest = Math.max(...all.map(heightOf));
  const tall = all.map((piece) => heightOf(piece) >= SEPARATE.TALL * tallest);
  const pen = Math.max(...all.filter((_, i) => tall[i]).map((piece) => piece.pen));
  const digits = [...all.keys()].filter((i) => tall[i] && all[i].pen >= SEPARATE.THIN * pen);
  const head = together(pieces, digits, tallest, pen);
  const stray = addMarks(pieces, digits, head, pen);
  const heads = [...new Set(digits.map((i) => head[i]))].sort((a, b) => a - b);
  const boxes = heads.map((each) => {
    const mine = all.filter((_, i) => head[i] === each);
    return {
      top: Math.min(...mine.map((piece) => piece.top)), left: Math.min(...mine.map((piece) => piece.left)),
      bottom: Math.max(...mine.map((piece) => piece.bottom)), right: Math.max(...mine.map((piece) => piece.right)),
    };
  });
  const lines = linesOf(boxes), middle = ({ left, right }) => left + right;
  const order = [...heads.keys()].sort((a, b) => lines[a] - lines[b] || middle(boxes[a]) - middle(boxes[b]));
  const places = new Int32Array(all.length + 1); // by label
  order.forEach((k, place) => head.forEach((each, i) => { if (each === heads[k]) places[i + 1] = place + 1; }));
  const placed = { h: labels.h, w: labels.w, data: labels.data.map((label) => places[label]), count: heads.length };
  return { labels: placed, count: heads.length, clear: !stray && lines.every((line) => line === 0), pen };
}

/** Of each piece the head of its character: its first piece.  Joins what lies over one another. */
function together(pieces, digits, tallest, pen) {
  const { all } = pieces, head = [...all.keys()];
  const slim = (piece) => heightOf(piece) >= SEPARATE.SLIM * widthOf(piece);
  const over = (i, j) => {
    const a = all[i], b = all[j], rows = sharedRows(a, b), across = sharedColumns(a, b);
    const columns = across / Math.min(widthOf(a), widthOf(b));
    const low = Math.min(heightOf(a), heightOf(b)), high = Math.max(heightOf(a), heightOf(b));
    if (rows < -SEPARATE.APART * tallest && slim(a) && slim(b)) return false; // on another line
    const hangs = Math.max(a.bottom, b.bottom) - Math.min(a.bottom, b.bottom) > SEPARATE.HANGS * high;
    if (across > -pen && low < SEPARATE.SHORT * high && hangs) return true;
    if (!(columns > SEPARATE.SHARED || (rows < SEPARATE.BESIDE * low && columns > -SEPARATE.SHARED))) return false;
    return !(rows >= SEPARATE.LEANING * low && leaning(pieces, i, j));
  };
  digits.forEach((a, k) => {
    for (const b of digits.slice(0, k).filter((b) => over(a, b))) {
      const [from, to] = [head[a], head[b]];
      head.forEach((each, i) => { if (each === from) head[i] = to; });
    }
  });
  return head;
}

/** Gives short and thin pieces to the digit that they belong to; whether one that belongs to none is left over. */
function addMarks({ all }, digits, head, pen) {
  let stray = false;
  for (const mark of all.keys()) {
    if (digits.includes(mark)) continue;
    const shared = digits.map((digit) => sharedColumns(all[mark], all[digit])), most = Math.max(...shared);
    if (most > Math.min(SEPARATE.SHARED * widthOf(all[mark]), -SEPARATE.NEAR * pen)) {
      head[mark] = head[digits[shared.indexOf(most)]];
    } else {
      head[mark] = -1;
      stray ||= all[mark].area >= SEPARATE.MARK * pen ** 2;
    }
  }
  return stray;
}

/** The line of each box, from 0: a line goes on as long as boxes reach into what is above them. */
function linesOf(boxes) {
  const lines = boxes.map(() => 0);
  let line = -1, end = -1;
  for (const i of [...boxes.keys()].sort((a, b) => boxes[a].top - boxes[b].top)) {
    const { top, bottom } = boxes[i];
    if (top > end) {
      line++;
      end = bottom;
    }
    lines[i] = line;
    end = Math.max(end, bottom);
  }
  return lines;
}
