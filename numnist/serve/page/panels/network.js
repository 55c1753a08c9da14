/** Inside: what every layer makes of the drawing, forward and backward, down to a single unit's sum. */

import { unpack } from "../arrays.js";
import { Question, askAboutDrawing, modelNamed } from "./asking.js";
import { Flow } from "./flow.js";
import { Layer } from "./layer.js";
import { chance, el, heading, number, options, toggle } from "./parts.js";
import { onColours } from "./pictures.js";
import { saliency } from "./saliency.js";
import { towards } from "./towards.js";
import { Unit } from "./unit.js";

const LEARNED = 0.01; // a loss below which gradients are tiny

export function mount(root, app) {
  const flow = new Flow((place) => open(place));
  const unit = new Unit(app, (index) => layer.mark(index));
  const layer = new Layer((index, values) => unit.open(layer.shown, index, values));
  const answered = el("div", { class: "inside-answer" });
  const where = saliency(app);
  const controls = backwardSwitch(app);
  let shown = null;

  root.append(
    heading(
      root, "Inside the network",
      "Every layer's numbers for your drawing, from the picture to the answer. Choose a layer, then one of its units, to see how that one number comes about.",
    ),
    controls.element, answered,
  );
  answered.append(
    flow.element, layer.element, unit.element, el("div", { class: "panel-pair" }, where.element, towards(app)),
  );

  function open(place) {
    const one = shown.layers.find((each) => each.place === place) ?? shown.layers[0];
    flow.choose(one.place);
    layer.show(one, shown);
    if (unit.place !== one.place) unit.close();
  }

  function show(answer) {
    shown = unpacked(answer, modelNamed(app));
    controls.show(shown);
    flow.show(shown);
    open(layer.shown?.place ?? shown.layers[0].place);
    if (unit.place !== null) unit.renew(layer.values);
    where.show(shown);
  }

  new Question(answered, app, {
    depends: ["answer", "backward"],
    ask: () => askAboutDrawing(app, "/api/inside", { backward: app.state.backward }),
    show,
    empty: "Draw something, and every layer shows what it makes of it.",
  });
  app.on("model", () => unit.close());
  onColours(() => shown && show(shown.answer));
}

/** The answer with its arrays unpacked, and what the panel's parts need beside it. */
function unpacked(answer, model) {
  const layers = answer.layers.map((layer) => ({
    ...layer,
    output: unpack(layer.output).data,
    gradient: layer.gradient ? unpack(layer.gradient).data : null,
  }));
  return {
    answer, layers,
    classes: model?.classes ?? [],
    backward: answer.backward,
    label: answer.label,
    probability: answer.probability,
    loss: answer.loss,
    input: unpack(answer.input),
    saliency: answer.saliency ? unpack(answer.saliency) : null,
  };
}

/** The switch between the way there and the way back, and for which label the loss is taken. */
function backwardSwitch(app) {
  const label = el("select", { onchange: () => app.set("backward", label.value), disabled: true });
  const input = el("input", {
    type: "checkbox", role: "switch",
    onchange: () => app.set("backward", input.checked ? label.value || first() : null),
  });
  const first = () => {
    const classes = modelNamed(app)?.classes ?? [];
    return classes.find((each) => each === app.state.answer?.label) ?? classes[0] ?? null;
  };
  const loss = el("p", { class: "loss" });
  const fill = () => {
    const classes = modelNamed(app)?.classes ?? [];
    const chosen = classes.includes(app.state.backward) ? app.state.backward : first();
    label.replaceChildren(...options(classes, chosen));
    if (app.state.backward !== null && app.state.backward !== undefined && app.state.backward !== chosen) {
      app.set("backward", chosen);
    }
  };
  const follow = () => {
    const on = app.state.backward !== null && app.state.backward !== undefined;
    input.checked = on;
    label.disabled = !on;
    if (on && label.value !== app.state.backward) label.value = app.state.backward;
  };
  app.on("models", fill);
  app.on("model", fill);
  app.on("backward", follow);
  app.on("answer", () => {
    const on = app.state.backward !== null && app.state.backward !== undefined;
    if (!on && app.state.answer?.label) label.value = app.state.answer.label;
  });
  fill();
  follow();
  return {
    element: el(
      "div", { class: "controls" },
      toggle("Backward: show the gradients", input),
      el("label", { class: "inline-field" }, el("span", {}, "of the loss for the label"), label),
      loss,
    ),
    show: (shown) => loss.replaceChildren(...lossWords(shown)),
  };
}

function lossWords({ backward, loss, label, probability }) {
  if (backward === null || backward === undefined) {
    return [`Forward: the picture goes in at the left, and ${chance(probability)} for ${label} comes out at the right.`];
  }
  const share = Math.exp(-loss);
  return [
    "Loss ", el("strong", {}, number(loss)), ` for “${backward}”, which gets ${chance(share, 2)}. A gradient says how much the loss grows with a number: `,
    el("span", { class: "plus" }, "+ raises it"), ", ", el("span", { class: "minus" }, "− lowers it"), ".",
    loss < LEARNED ? " It is next to nothing, so there is little left to learn: choose another label to see larger gradients." : "",
  ];
}
