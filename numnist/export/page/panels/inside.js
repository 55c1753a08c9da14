/** Inside: what each layer makes of the layer before, and the softmax at the end. */

const GOES_ON = ["BatchNorm", "LayerNorm", "Dropout", "ReLU", "LeakyReLU", "ELU", "Sigmoid", "Tanh", "SiLU", "GELU"];
const UNCHANGED = ["Dropout", "Flatten"]; // a second picture of the same numbers would say nothing
const unfolded = new Set(); // the blocks whose layers are seen, by their places

/** Every block's output for the picture of one part: a layer with the normalisation and activation that follow it. */
function showInside(model, part) {
  const blocks = [];
  if (part) {
    forward(model, normalized(model, part.ink.picture), (record, y, path) => {
      if (!blocks.length || !GOES_ON.includes(record.type)) blocks.push([]);
      blocks.at(-1).push({ record, y, path: path.slice(0, -1) });
    });
  }
  byId("inside").replaceChildren(...blocks.map(blockOf));
}

/** A block: the output of its last layer, and on demand of each of them. */
function blockOf(layers) {
  const [{ record, path }] = layers, { y } = layers.at(-1);
  const title = layers.map(({ record }) => record.type + detailOf(record)).join(", ");
  const item = el("li", {}, el("h3", {}, title), el("p", { className: "note" }, say(`layer.${record.type}`)));
  if (!UNCHANGED.includes(record.type)) item.append(outputOf(y, say("inside.output", { layers: title, shape: y.shape.join(" × ") })));
  if (layers.length === 1) return item;
  const details = el("details", { open: unfolded.has(path) }, el("summary", {}, say("inside.layers", { count: layers.length })));
  const fill = () => {
    if (!details.open) return unfolded.delete(path);
    unfolded.add(path);
    if (details.children.length === 1) details.append(...layers.map(layerOf));
  };
  details.addEventListener("toggle", fill);
  if (details.open) fill();
  item.append(details);
  return item;
}

/** One layer of a block. */
function layerOf({ record, y, path }) {
  const shape = y.shape.join(" × "), words = say("inside.numbers", { sentence: say(`layer.${record.type}`), shape });
  const canvas = UNCHANGED.includes(record.type) ? null : outputOf(y, say("inside.output", { layers: record.type, shape }));
  const head = el("h4", {}, `${path || "0"}  ${record.type}${detailOf(record)}`);
  return el("div", { className: "layer" }, head, el("p", { className: "note" }, words), canvas);
}

/** The few numbers that tell one layer of its kind from another. */
function detailOf({ type, filters, kernel, stride, units, window }) {
  const size = (pair) => both(pair).join(" × ");
  if (type === "Conv2d") {
    const key = size(stride) === "1 × 1" ? "inside.conv" : "inside.conv.stride";
    return say(key, { filters, size: size(kernel), stride: size(stride) });
  }
  if (type === "Dense") return ` ${units}`;
  return window === undefined ? "" : ` ${size(window)}`;
}

/** exp and sum of the logits of one part, in a table. */
function showSoftmax(model, part) {
  byId("softmax-words").textContent = say("softmax.words") + (model.background ? say("softmax.none") : "");
  if (!part) return byId("softmax").replaceChildren();
  const logits = [...part.logits, ...(model.background ? [0] : [])], names = [...model.classes, say("answer.none")];
  const most = largest(logits), powers = logits.map((z) => Math.exp(z - most)), total = sum(powers);
  const head = [say("softmax.class"), "z", `exp(z − ${fixed(most, 2)})`, `÷ ${fixed(total, 3)}`];
  const rows = logits.map((z, i) => {
    const cells = [fixed(z, 2), pointed(powers[i].toPrecision(3)), percent(powers[i] / total)];
    const first = el("th", { scope: "row" }, names[i]);
    return el("tr", { className: z === most ? "best" : "" }, first, ...cells.map((text) => el("td", {}, text)));
  });
  const top = el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text))));
  byId("softmax").replaceChildren(el("table", {}, top, el("tbody", {}, ...rows)));
}
