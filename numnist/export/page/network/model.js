/** A model: its network with the parameters, from a picture's pixels to probabilities. */

/**
 * The model that a file's bytes hold.   network: its record with all fields, also those that the file was written
 * without, since they did not exist yet
 */
function modelOf(bytes, network) {
  const { metadata, tensors } = readSafetensors(bytes);
  const { classes, in_shape: shape, preparation, background = false, about } = metadata;
  const { sure } = about;
  const measured = typeof sure === "number" && sure >= 0 && sure <= 1;
  return { network, tensors, classes, shape, preparation, background, measured, threshold: measured ? sure : 0.5 };
}

/** (pixel/255 - mean) / std.   planes: of 0..255, one for each channel */
function normalized({ shape, tensors }, planes) {
  const [mean, std] = ["mean", "std"].map((name) => tensors[`normalization.${name}`].data);
  const area = shape[1] * shape[2], data = new Float32Array(shape[0] * area);
  for (let i = 0; i < data.length; i++) {
    const c = Math.floor(i / area), at = mean.length === data.length ? i : c; // a mean for each pixel, or channel
    data[i] = (planes[c].data[i % area] / 255 - mean[at]) / std[at];
  }
  return { shape, data };
}

/**
 * The network's output for x, and on the way to(record, y, path) for every layer that has no others inside.
 *
 * path: the layer's place, such as "3." or "4.0.", which its parameters' names begin with.
 */
function forward({ network, tensors }, x, to = () => {}) {
  const run = (path, record, flow) => {
    const p = {};
    for (const name of ["w", "b", "mean", "var"]) p[name] = tensors[path + name]?.data;
    const y = LAYERS[record.type](record, p, flow, (i, inner, value) => run(`${path}${i}.`, inner, value));
    if (!record.layers && !record.body) to(record, y, path);
    return y;
  };
  return run("", network, x);
}

/** The probability of each class.  With a background there is one more, "none of these", whose logit is 0. */
function probabilities({ background }, logits) {
  return background ? softmax([...logits, 0]).slice(0, -1) : softmax(logits);
}
