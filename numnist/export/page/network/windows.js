/** How a kernel slides over a picture, for convolution and pooling. */

const both = (pair) => (Array.isArray(pair) ? pair : [pair, pair]);

/** Along one direction: {before, out}: padding before, and the output size.   padding null means "same" */
function windowsAlong(size, kernel, stride, dilation, padding) {
  const reach = (kernel - 1) * dilation + 1;
  if (padding !== null) return { before: padding, out: Math.floor((size + 2 * padding - reach) / stride) + 1 };
  const out = Math.ceil(size / stride), total = Math.max((out - 1) * stride + reach - size, 0);
  return { before: Math.floor(total / 2), out }; // an odd pixel of padding goes behind (TensorFlow's rule)
}

/** The places of a kernel: rows and columns, each {kernel, stride, dilation, before, out}. */
function windowsOver([, H, W], kernel, stride, padding, dilation = 1) {
  const pad = padding === "same" ? [null, null] : padding === "valid" ? [0, 0] : both(padding);
  const [kernels, strides, dilations] = [kernel, stride, dilation].map(both);
  return [H, W].map((size, axis) => {
    const [k, s, d] = [kernels[axis], strides[axis], dilations[axis]];
    return { kernel: k, stride: s, dilation: d, ...windowsAlong(size, k, s, d, pad[axis]) };
  });
}

/** The outputs [first, end) whose place under kernel line i lies in a picture of so many lines. */
function insideOf({ stride, dilation, before, out }, i, size) {
  const start = i * dilation - before; // the line that output 0 sees
  return [Math.max(0, Math.ceil(-start / stride)), Math.min(out, Math.floor((size - 1 - start) / stride) + 1)];
}

/**
 * Calls see(output, input, length, step): for each row of outputs of a channel under kernel place (i, j), where in the
 * channel's output they begin, what of the channel's input the first sees, how many they are, and the step of inputs.
 */
function slide([, H, W], [rows, columns], i, j, see) {
  const [top, bottom] = insideOf(rows, i, H), [left, right] = insideOf(columns, j, W);
  const across = left * columns.stride + j * columns.dilation - columns.before;
  for (let y = top; y < bottom; y++) {
    const line = y * rows.stride + i * rows.dilation - rows.before;
    if (right > left) see(y * columns.out + left, line * W + across, right - left, columns.stride);
  }
}
