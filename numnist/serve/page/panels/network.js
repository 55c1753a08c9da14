/** Network: the output of every layer for the drawing, its gradients, and how a single unit is computed. */

import { unpack } from "../base/arrays.js";
import { el, heading, options } from "../base/dom.js";
import { chance, number } from "../base/format.js";
import { classesOf } from "../base/models.js";
import { askAboutDrawing, panelRequest } from "../base/request.js";
import { counterfactual } from "./network/counterfactual.js";
import { LayerTabs } from "./network/layer-tabs.js";
import { layerView } from "./network/layer.js";
import { saliency } from "./network/saliency.js";
import { unitView } from "./network/unit.js";

const SMALL = 0.01; // a loss below which gradients are tiny

export function mount(root, app) {
  const tabs = new LayerTabs((place) => app.set("layer", place));
  const unit = unitView(app, (index) => layer.mark(index));
  const layer = layerView((index, values) => unit.open(layer.shown, index, values));
  const content = el("div", { class: "network-content" });
  const attribution = saliency(app);
  const controls = backwardControls(app);
  let shown = null;

  root.append(
    heading(root, "Inside the network", "The output of every layer for your drawing, from the input to the scores. Choose a layer, then one of its units, to see how that number is computed."),
    controls.element, content,
  );
  content.append(
    tabs.element, layer.element, unit.element, el("div", { class: "panel-pair" }, attribution.element, counterfactual(app)),
  );

  function open(place) {
    const chosen = shown.layers.find((each) => String(each.place) === String(place)) ?? shown.layers[0];
    tabs.choose(chosen.place);
    layer.show(chosen, shown);
    if (unit.place !== chosen.place) unit.close();
  }

  function show(response) {
    shown = unpacked(response, classesOf(app));
    controls.show(shown);
    tabs.show(shown);
    open(app.state.layer);
    if (unit.place !== null) unit.refresh(layer.values);
    attribution.show(shown);
  }

  panelRequest(content, app, {
    depends: ["answer", "backward"],
    ask: () => askAboutDrawing(app, "/api/inside", { backward: app.state.backward }),
    show,
    empty: "Draw something to see the output of every layer.",
  });
  app.on("model", () => unit.close());
  app.on("layer", (place) => shown && open(place));
}

/** The response with its arrays unpacked, and the classes that the panel's parts need. */
function unpacked(response, classes) {
  const layers = response.layers.map((layer) => ({
    ...layer, output: unpack(layer.output).data, gradient: unpack(layer.gradient)?.data,
  }));
  return { ...response, classes, layers, input: unpack(response.input), saliency: unpack(response.saliency) };
}

/** The switch that shows gradients, and the label whose loss they are of. */
function backwardControls(app) {
  const label = el("select", { onchange: () => app.set("backward", label.value) });
  const input = el("input", {
    type: "checkbox", role: "switch", onchange: () => app.set("backward", input.checked ? label.value || null : null),
  });
  const loss = el("p", { class: "loss" });

  /** Without gradients, the select shows the label whose loss they would be of: the predicted one. */
  function follow() {
    const { backward, answer } = app.state;
    const classes = classesOf(app);
    const chosen = [backward, answer?.shown?.label, label.value, classes[0]].find((each) => classes.includes(each)) ?? null;
    label.replaceChildren(...options(classes, chosen));
    label.disabled = backward === null;
    input.checked = backward !== null;
    if (backward !== null && backward !== chosen) app.set("backward", chosen);
  }

  for (const key of ["model", "backward", "answer"]) app.on(key, follow);
  follow();
  return {
    element: el(
      "div", { class: "controls" },
      el("label", { class: "switch" }, input, el("span", {}, "Backward: show the gradients")),
      el("label", { class: "inline-field" }, el("span", {}, "of the loss for the label"), label),
      loss,
    ),
    show: (shown) => loss.replaceChildren(...lossWords(shown, app.state.answer.parts)),
  };
}

function lossWords({ backward, loss, label, probability, digit }, parts) {
  const what = parts.length > 1 ? `digit ${digit} of ${parts.length}` : "the picture";
  if (backward === null) {
    return [`Forward: ${what} enters at the left, and the network predicts ${label} with ${chance(probability)}.`];
  }
  return [
    parts.length > 1 ? `Of ${what}: loss ` : "Loss ", el("strong", {}, number(loss)), ` for the label “${backward}”, whose probability is ${chance(Math.exp(-loss), 2)}. `,
    "A gradient says how the loss changes as a number grows: ",
    el("span", { class: "plus" }, "+ raises it"), ", ", el("span", { class: "minus" }, "− lowers it"), ".",
    loss < SMALL ? " This loss is almost zero, and so are its gradients: choose another label to see larger ones." : "",
  ];
}
