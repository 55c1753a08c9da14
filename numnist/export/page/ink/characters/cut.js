/** Cutting: where one piece of ink may be two characters that touch, the cut between them. */

const CUT = {
  BROAD: 0.9, // of the height: what is narrower is one character
  CROSSED: 2, // times the pen's width: a cut goes through no more ink
  SIDE: 0.2, // of the width and of the ink: each half has at least so much
  SLOPES: [0, -0.25, 0.25, -0.5, 0.5], // columns for each row, by which a cut may lean
  FINE: 64, // cells a side that are enough to find the cut
};

/** The left and the right half of ink, which fills its box, where it crosses the least ink; [] if it is narrow. */
function cut(ink, pen) {
  const { h, w } = ink;
  if (w < CUT.BROAD * h) return [];
  const scale = Math.min(1, CUT.FINE / Math.max(h, w));
  const small = scale === 1 ? ink : resize(ink, Math.max(1, rint(h * scale)), Math.max(1, rint(w * scale)));
  const least = PIECES.INKED * largest(small.data), inked = masked(small, (x) => x >= least);
  const { h: rows, w: columns } = small, whole = sum(inked.data);
  let best = Infinity, place = 0, slope = 0;
  for (const lean of CUT.SLOPES) {
    let share = 0, cheapest = Infinity, at = 0, through = 0;
    for (let column = 0; column < columns; column++) {
      let crossed = 0;
      for (let y = 0; y < rows; y++) {
        const x = rint(column + lean * (y - (rows - 1) / 2));
        if (x >= 0 && x < columns) crossed += inked.data[y * columns + x];
      }
      share += crossed;
      const part = share / whole, position = column / columns, { SIDE } = CUT;
      if (!(part > SIDE && part < 1 - SIDE && position > SIDE && position < 1 - SIDE)) continue;
      // of equal cuts that nearer to the middle, and the steeper
      const cost = crossed / (pen * scale) + 0.3 * Math.abs(position - 0.5) + 0.05 * Math.abs(lean);
      if (cost < cheapest) [cheapest, at, through] = [cost, column, crossed];
    }
    if (cheapest < best && through <= CUT.CROSSED * pen * scale) [best, place, slope] = [cheapest, at / scale, lean];
  }
  if (best === Infinity) return [];
  const half = (left) => mapped(ink, (x, i) => {
    const y = Math.floor(i / w) - (h - 1) / 2;
    return (i % w < place + slope * y) === left ? x : 0;
  });
  const halves = [half(true), half(false)];
  return halves.every(({ data }) => data.some((x) => x !== 0)) ? halves : [];
}
