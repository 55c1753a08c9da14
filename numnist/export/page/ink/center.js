/** Size normalisation and centring: ink is placed in its frame as MNIST's was. */

const CENTER = {
  INK_SHARE: 20 / 28, // the share of the frame that MNIST gives to the longer side of the ink
  THRESHOLD: 16.5 / 255, // fainter ink does not count for the box
  SOFT: 1.5, // times as large: from here on edges are steeper than linear interpolation leaves them
  STEEPEST: 1.5, // times as steep
};

/**
 * The ink of a canvas with some, resized to 20/28 of a frame of H × W, its centre of mass moved to the middle:
 * {picture, box: [top, left, bottom, right], scale, shift: [down, right]}.
 */
function centerInFrame(canvas, H, W) {
  const { h, w, data } = canvas;
  const rows = new Float64Array(h), columns = new Float64Array(w);
  const down = new Float64Array(h), across = new Float64Array(w); // how much ink is in each line
  for (let y = 0, i = 0; y < h; y++) {
    for (let x = 0; x < w; x++, i++) {
      if (data[i] > rows[y]) rows[y] = data[i];
      if (data[i] > columns[x]) columns[x] = data[i];
      down[y] += data[i];
      across[x] += data[i];
    }
  }
  const edge = largest(rows) * CENTER.THRESHOLD;
  const span = (lines) => [lines.findIndex((x) => x > edge), lines.findLastIndex((x) => x > edge) + 1];
  const [[top, bottom], [left, right]] = [span(rows), span(columns)];
  const scale = Math.min((H * CENTER.INK_SHARE) / (bottom - top), (W * CENTER.INK_SHARE) / (right - left));
  const vertical = placeAxis(down, top, bottom, scale, H), horizontal = placeAxis(across, left, right, scale, W);
  const out = resampled(canvas, vertical.matrix, horizontal.matrix);
  const unit = 255 / largest(out.data);
  const steeper = scale > CENTER.SOFT ? Math.min(1 + scale - CENTER.SOFT, CENTER.STEEPEST) : null;
  const picture = Uint8Array.from(out.data, (x) => {
    const level = x * unit; // enlarging makes edges soft; the middle grey lies on the edge and stays
    return rint(steeper === null ? level : clip(127.5 + (level - 127.5) * steeper, 0, 255));
  });
  const shift = [vertical.shift, horizontal.shift];
  return { picture: { h: H, w: W, data: picture }, box: [top, left, bottom, right], scale, shift };
}

/** One axis: the resampling matrix, and the shift from the middle.   profile: how much ink is in each line */
function placeAxis(profile, start, stop, scale, frame) {
  const length = stop - start, resized = Math.max(rint(length * scale), 1);
  const moment = profile.reduce((total, ink, i) => total + ink * (i + 0.5), 0);
  const center = (moment / sum(profile) - start) * (resized / length);
  // the whole pixel that leaves the centre of mass in [14, 15), which is where all of MNIST has it
  const offset = clip(Math.ceil(frame / 2 - center - 1e-6), 0, frame - resized);
  const matrix = resamplingMatrix(start, length, offset, resized, frame, profile.length);
  return { matrix, shift: offset - Math.floor((frame - resized) / 2) };
}
