/** Painters of a layer's numbers on a canvas, as maps, cells or bars: at full size and in thumbnails. */

import { bitmap, css, minuses, palette } from "../../base/pictures.js";

/** `count` maps of [C, H, W] values, each in a tile of [height, width], in `columns` that are `gap` apart. */
export function paintMaps(context, { values, shape: [C, H, W], signed, most }, { count = C, columns, tile, gap }, outline = null) {
  const all = bitmap(values, C * H, W, { signed, most });
  const [height, width] = tile;
  for (let c = 0; c < count; c++) {
    const [x, y] = [(c % columns) * (width + gap), Math.floor(c / columns) * (height + gap)];
    context.drawImage(all, 0, c * H, W, H, x, y, width, height);
    if (outline) outline(x, y);
  }
}

/** A vector's numbers as cells in rows of `columns`; across: the width of a row. */
export function paintCells(context, { values, signed, most }, columns, across) {
  const rows = Math.ceil(values.length / columns);
  const padded = new Float32Array(rows * columns);
  padded.set(values);
  context.drawImage(bitmap(padded, rows, columns, { signed, most }), 0, 0, across, Math.round((across * rows) / columns));
  if (signed) minuses(context, values, columns, across / columns);
}

/** A bar for each number, `pitch` apart and `reach` high at `most`; label(value, i, middle, end of its bar) adds to it. */
export function paintBars(context, { values, signed, most }, { pitch, wide, zero, reach }, label = () => {}) {
  const { plus, minus, ink } = palette();
  values.forEach((value, i) => {
    const tall = Math.max(1, (Math.abs(value) / most) * reach);
    context.fillStyle = css(!signed ? ink : value < 0 ? minus : plus);
    context.fillRect(i * pitch, value < 0 ? zero : zero - tall, wide, tall);
    label(value, i, i * pitch + wide / 2, value < 0 ? zero + tall : zero - tall);
  });
}
