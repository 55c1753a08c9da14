/** Inside: what each layer makes of the layer before, and the softmax at the end. */

const SENTENCES = {
  Dense: "Each number is a weighted sum of all numbers before.",
  Conv2d: "Each tile shows where in the picture one small pattern is found.",
  MaxPool2d: "Of each small window only the largest number stays.",
  AvgPool2d: "Each small window becomes its mean.",
  GlobalAvgPool: "Each channel becomes its mean.",
  BatchNorm: "Each channel is shifted and scaled by what was measured in training.",
  LayerNorm: "All numbers are shifted and scaled to mean 0 and variance 1, then by learned factors.",
  Dropout: "Only in training some numbers are dropped; here all go on.",
  Flatten: "The same numbers, in one row.",
  ReLU: "What is below 0 becomes 0.",
  LeakyReLU: "What is below 0 becomes much smaller.",
  ELU: "What is below 0 is bent towards a constant.",
  Sigmoid: "Each number is pressed between 0 and 1.",
  Tanh: "Each number is pressed between -1 and 1.",
  SiLU: "What is far below 0 becomes nearly 0.",
  GELU: "What is far below 0 becomes nearly 0.",
  Softmax: "The numbers become shares of 1.",
};
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
  const item = el("li", {}, el("h3", {}, title), el("p", { className: "note" }, SENTENCES[record.type]));
  if (!UNCHANGED.includes(record.type)) item.append(outputOf(y, `Output of ${title}: ${y.shape.join(" × ")}`));
  if (layers.length === 1) return item;
  const details = el("details", { open: unfolded.has(path) }, el("summary", {}, `Its ${layers.length} layers one by one`));
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
  const shape = y.shape.join(" × "), words = `${SENTENCES[record.type]} ${shape} numbers.`;
  const canvas = UNCHANGED.includes(record.type) ? null : outputOf(y, `Output of ${record.type}: ${shape}`);
  const head = el("h4", {}, `${path || "0"}  ${record.type}${detailOf(record)}`);
  return el("div", { className: "layer" }, head, el("p", { className: "note" }, words), canvas);
}

/** The few numbers that tell one layer of its kind from another. */
function detailOf({ type, filters, kernel, stride, units, window }) {
  const size = (pair) => both(pair).join(" × ");
  if (type === "Conv2d") return ` ${filters} of ${size(kernel)}${size(stride) === "1 × 1" ? "" : `, stride ${size(stride)}`}`;
  if (type === "Dense") return ` ${units}`;
  return window === undefined ? "" : ` ${size(window)}`;
}

/** exp and sum of the logits of one part, in a table. */
function showSoftmax(model, part) {
  const words = "The last layer's numbers are scores of any size, the logits z. Their exponentials are all above 0; divided by "
    + "their sum they are probabilities.";
  const background = " “None of these” has the score 0, always.";
  byId("softmax-words").textContent = words + (model.background ? background : "");
  if (!part) return byId("softmax").replaceChildren();
  const logits = [...part.logits, ...(model.background ? [0] : [])], names = [...model.classes, "none of these"];
  const most = largest(logits), powers = logits.map((z) => Math.exp(z - most)), total = sum(powers);
  const head = ["class", "z", `exp(z − ${most.toFixed(2)})`, `÷ ${total.toFixed(3)}`];
  const rows = logits.map((z, i) => {
    const cells = [z.toFixed(2), powers[i].toPrecision(3), percent(powers[i] / total)];
    const first = el("th", { scope: "row" }, names[i]);
    return el("tr", { className: z === most ? "best" : "" }, first, ...cells.map((text) => el("td", {}, text)));
  });
  const top = el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text))));
  byId("softmax").replaceChildren(el("table", {}, top, el("tbody", {}, ...rows)));
}
