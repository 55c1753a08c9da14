/**
 * Connected components: the number of each pixel's, 0 where the mask is, as {h, w, data, count}.
 *
 * Pixels hang together along their sides and corners.  Components count from 1, in the order of their first pixels.
 */
function labelComponents({ h, w, data }) {
  const labels = new Int32Array(h * w), stack = [];
  let count = 0;
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || labels[start]) continue;
    labels[start] = ++count;
    stack.push(start);
    while (stack.length) {
      const at = stack.pop(), x = at % w, y = (at - x) / w;
      for (let down = y > 0 ? -1 : 0; down <= (y < h - 1 ? 1 : 0); down++) {
        for (let right = x > 0 ? -1 : 0; right <= (x < w - 1 ? 1 : 0); right++) {
          const near = at + down * w + right;
          if (data[near] && !labels[near]) {
            labels[near] = count;
            stack.push(near);
          }
        }
      }
    }
  }
  return { h, w, data: labels, count };
}

/** How many pixels each label has, 0 too. */
function areasOf({ data, count }) {
  const areas = new Int32Array(count + 1);
  for (const label of data) areas[label]++;
  return areas;
}
