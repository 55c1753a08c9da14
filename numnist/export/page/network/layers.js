/**
 * The layers, forward, for one picture: each takes its record of the model file, its parameters and x, {shape, data}
 * with shape (C, H, W) or (features,), and returns y in the same form.  inside(i, record, x) runs the i-th inner layer.
 */
const LAYERS = {
  /** y = w x + b */
  Dense({ units, bias }, p, x) {
    const n = x.data.length, y = new Float32Array(units);
    for (let k = 0; k < units; k++) {
      let total = bias ? p.b[k] : 0;
      for (let i = 0; i < n; i++) total += p.w[k * n + i] * x.data[i];
      y[k] = total;
    }
    return { shape: [units], data: y };
  },

  /** y[k, oi, oj] = Σ w[k, c, i, j] · x[c, oi·stride + i·dilation, oj·stride + j·dilation] + b[k] */
  Conv2d({ filters, kernel, stride, padding, dilation, groups, bias }, p, x) {
    const [C, H, W] = x.shape, win = windowsOver(x.shape, kernel, stride, padding, dilation);
    const [{ kernel: kh, out: oh }, { kernel: kw, out: ow }] = win;
    const places = oh * ow, per = C / groups, size = per * kh * kw;
    const columns = new Float32Array(groups * size * places); // im2col: (C, kh, kw, oh, ow)
    for (let c = 0, row = 0; c < C; c++) {
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++, row++) {
          slide(x.shape, win, i, j, (to, from, length, step) => {
            const start = row * places + to, first = c * H * W + from;
            for (let n = 0; n < length; n++) columns[start + n] = x.data[first + n * step];
          });
        }
      }
    }
    const y = new Float32Array(filters * places), each = filters / groups;
    for (let k = 0; k < filters; k++) {
      const out = y.subarray(k * places, (k + 1) * places), group = Math.floor(k / each);
      if (bias) out.fill(p.b[k]);
      addProduct(out, p.w.subarray(k * size, (k + 1) * size), columns, group * size * places);
    }
    return { shape: [filters, oh, ow], data: y };
  },

  /** y = the maximum of each window */
  MaxPool2d({ window, stride, padding }, _, x) {
    return pooled(x, windowsOver(x.shape, window, stride ?? window, padding), -Infinity, (a, b) => (b > a ? b : a));
  },

  /** y = the mean of each window; count_padding: whether padding counts as pixels of 0 */
  AvgPool2d({ window, stride, padding, count_padding: all }, _, x) {
    const win = windowsOver(x.shape, window, stride ?? window, padding);
    const y = pooled(x, win, 0, (a, b) => a + b), area = win[0].kernel * win[1].kernel;
    const ones = { shape: [1, ...x.shape.slice(1)], data: new Float32Array(x.shape[1] * x.shape[2]).fill(1) };
    const counts = all ? null : pooled(ones, win, 0, (a, b) => a + b).data;
    return { shape: y.shape, data: y.data.map((total, i) => total / (counts ? counts[i % counts.length] : area)) };
  },

  /** y = the mean of each channel */
  GlobalAvgPool(_, __, x) {
    const [C, H, W] = x.shape, channel = (_, c) => mean(x.data.subarray(c * H * W, (c + 1) * H * W));
    return { shape: [C], data: Float32Array.from({ length: C }, channel) };
  },

  /** y = w·(x - mean) / √(var + eps) + b for each channel, by the running mean and variance */
  BatchNorm({ eps }, p, x) {
    const area = x.data.length / x.shape[0], y = new Float32Array(x.data.length);
    for (let c = 0, i = 0; c < x.shape[0]; c++) {
      const scale = p.w[c] / Math.sqrt(p.var[c] + eps);
      for (let end = i + area; i < end; i++) y[i] = (x.data[i] - p.mean[c]) * scale + p.b[c];
    }
    return { shape: x.shape, data: y };
  },

  /** y = w·(x - mean) / √(var + eps) + b, by the mean and variance of all features */
  LayerNorm({ eps }, p, x) {
    const middle = mean(x.data), scale = 1 / Math.sqrt(mean(Float64Array.from(x.data, (v) => (v - middle) ** 2)) + eps);
    return { shape: x.shape, data: x.data.map((v, i) => p.w[i] * (v - middle) * scale + p.b[i]) };
  },

  Dropout: (_, __, x) => x, // in evaluation nothing is dropped
  Flatten: (_, __, x) => ({ shape: [x.data.length], data: x.data }),

  ReLU: (_, __, x) => elementwise(x, (v) => Math.max(v, 0)),
  LeakyReLU: ({ slope }, _, x) => elementwise(x, (v) => Math.max(v, slope * v)),
  ELU: ({ alpha }, _, x) => elementwise(x, (v) => alpha * Math.expm1(Math.min(v, 0)) + Math.max(v, 0)),
  Sigmoid: (_, __, x) => elementwise(x, sigmoid),
  Tanh: (_, __, x) => elementwise(x, Math.tanh),
  SiLU: (_, __, x) => elementwise(x, (v) => v * sigmoid(v)),
  GELU: (_, __, x) =>
    elementwise(x, (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),

  /** yᵢ = eˣⁱ / Σ eˣʲ over the features, or over the channels of each pixel */
  Softmax(_, __, x) {
    const area = x.data.length / x.shape[0], y = new Float32Array(x.data.length);
    for (let at = 0; at < area; at++) {
      const own = softmax(Array.from({ length: x.shape[0] }, (_, c) => x.data[c * area + at]));
      own.forEach((value, c) => { y[c * area + at] = value; });
    }
    return { shape: x.shape, data: y };
  },

  Sequential: ({ layers }, _, x, inside) => layers.reduce((flow, layer, i) => inside(i, layer, flow), x),

  /** y = body(x) + shortcut(x); without a shortcut y = body(x) + x */
  Residual({ body, shortcut }, _, x, inside) {
    const y = inside(0, body, x), around = shortcut ? inside(1, shortcut, x) : x;
    return { shape: y.shape, data: y.data.map((value, i) => value + around.data[i]) };
  },
};

const elementwise = ({ shape, data }, f) => ({ shape, data: data.map((value) => f(value)) });
const sigmoid = (v) => 0.5 * (1 + Math.tanh(0.5 * v)); // cannot overflow

/** out += weights · columns: four rows of columns at a time, so that out is read and written a quarter as often. */
function addProduct(out, weights, columns, start) {
  const n = out.length, size = weights.length;
  let row = 0;
  for (; row + 4 <= size; row += 4) {
    const a = weights[row], b = weights[row + 1], c = weights[row + 2], d = weights[row + 3];
    const i = start + row * n, j = i + n, k = j + n, l = k + n;
    for (let m = 0; m < n; m++) {
      out[m] += a * columns[i + m] + b * columns[j + m] + c * columns[k + m] + d * columns[l + m];
    }
  }
  for (; row < size; row++) for (let m = 0; m < n; m++) out[m] += weights[row] * columns[start + row * n + m];
}

/** One number for each window: from the first, each pixel joined in turn. */
function pooled(x, win, first, join) {
  const [C, H, W] = x.shape, [rows, columns] = win, places = rows.out * columns.out;
  const y = new Float32Array(C * places).fill(first);
  for (let i = 0; i < rows.kernel; i++) {
    for (let j = 0; j < columns.kernel; j++) {
      slide(x.shape, win, i, j, (to, from, length, step) => {
        for (let c = 0; c < C; c++) {
          const start = c * places + to, inputs = c * H * W + from;
          for (let n = 0; n < length; n++) y[start + n] = join(y[start + n], x.data[inputs + n * step]);
        }
      });
    }
  }
  return { shape: [C, rows.out, columns.out], data: y };
}

/** Probabilities of logits.  The largest is subtracted first, so that nothing overflows. */
function softmax(logits) {
  const most = largest(logits), y = Float64Array.from(logits, (logit) => Math.exp(logit - most)), total = sum(y);
  return y.map((value) => value / total);
}
