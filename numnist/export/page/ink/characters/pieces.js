/** Pieces: the connected components of the ink, with what their shapes say of them. */

const PIECES = { INKED: 0.25 }; // of the strongest ink: from here on a pixel is inked

/**
 * The components of ink, of which there is some, in the order of their numbers: {labels, all}, labels 0 on paper, else
 * number + 1; each of all is {top, left, bottom, right, area, pen}, pen: about how broad its strokes are, in pixels.
 */
function piecesOf(ink) {
  const least = PIECES.INKED * largest(ink.data), { h, w } = ink;
  const labels = labelComponents(masked(ink, (x) => x >= least));
  const all = Array.from({ length: labels.count }, () => ({ top: h, left: w, bottom: 0, right: 0, area: 0, edge: 0 }));
  const paper = (y, x) => (y < 0 || x < 0 || y >= h || x >= w || !labels.data[y * w + x] ? 1 : 0);
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      if (!labels.data[i]) continue;
      const piece = all[labels.data[i] - 1];
      piece.top = Math.min(piece.top, y);
      piece.left = Math.min(piece.left, x);
      piece.bottom = Math.max(piece.bottom, y + 1);
      piece.right = Math.max(piece.right, x + 1);
      piece.area++;
      // a stroke has twice its length of sides to paper: of each pixel the sides are counted
      piece.edge += paper(y - 1, x) + paper(y, x - 1) + paper(y, x + 1) + paper(y + 1, x);
    }
  }
  for (const piece of all) piece.pen = ((2 * piece.area) / piece.edge) * Math.sqrt(2);
  return { labels, all };
}

const heightOf = ({ top, bottom }) => bottom - top;
const widthOf = ({ left, right }) => right - left;

/** How many lines two pieces share; below 0, how far they are apart. */
const sharedRows = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
const sharedColumns = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left);

/** Whether in each row that pieces number a and b share one of them is left of the other, and always the same one. */
function leaning({ labels, all }, a, b) {
  let aLeft = true, bLeft = true;
  for (let y = Math.max(all[a].top, all[b].top); y < Math.min(all[a].bottom, all[b].bottom); y++) {
    const row = labels.data.subarray(y * labels.w, (y + 1) * labels.w);
    const [first, end, otherFirst, otherEnd] = [a, b].flatMap((n) => [row.indexOf(n + 1), row.lastIndexOf(n + 1) + 1]);
    aLeft &&= end <= otherFirst;
    bLeft &&= otherEnd <= first;
  }
  return aLeft || bLeft;
}
