/** Network: the flow from the input through the blocks to the softmax, its gradients, and how a single unit is computed. */

import { unpack } from "../base/arrays.js";
import { el, heading, options } from "../base/dom.js";
import { number } from "../base/format.js";
import { classesOf } from "../base/models.js";
import { askAboutDrawing, panelRequest } from "../base/request.js";
import { phrase, say, serverWords } from "../base/words.js";
import { attribution } from "./network/attribution.js";
import { blockView } from "./network/block.js";
import { counterfactual } from "./network/counterfactual.js";
import { LayerTabs } from "./network/layer-tabs.js";
import { layerView } from "./network/layer.js";
import { simpleOffer } from "./network/simple.js";
import { softmaxView } from "./network/softmax.js";
import { tour } from "./network/tour.js";
import { tourStops } from "./network/tour-stops.js";
import { unitView } from "./network/unit.js";

const SMALL = 0.01; // a loss below which gradients are tiny
const SOFTMAX = "softmax"; // the id of the last stage; blocks have numbers

export function mount(root, app) {
  const tabs = new LayerTabs({ open: go, label: say("network.blocks"), prefix: "block-tab", panel: "block", name: "layer-tabs" });
  const unit = unitView(app, (index) => layer.mark(index));
  const layer = layerView((index, values) => unit.open(layer.shown, index, values));
  const block = blockView(showLayer);
  const softmax = softmaxView();
  const panel = el(
    "div", { class: "block-panel", id: "block", role: "tabpanel", "aria-labelledby": "block-title" },
    block.element, layer.element, unit.element, softmax.element,
  );
  const content = el("div", { class: "network-content" });
  const controls = backwardControls(app);
  let shown = null;
  const guide = tour(app, () => tourStops({ shown, open: go, tabs: tabs.element, panel, root }));

  root.append(
    heading(root, say("network.title"), say("network.about")),
    el("div", { class: "network-begin" }, guide.start, simpleOffer(app)),
    controls.element, content,
  );
  content.append(tabs.element, panel, attribution(app), counterfactual(app));

  /** Open a block by its number from 0, or the softmax; it stands in the page's address as the layer. */
  function go(id) {
    app.set("layer", id);
  }

  function open(id) {
    const at = id === SOFTMAX || shown.blocks.some((_, k) => String(k) === id) ? id : "0";
    const last = at === SOFTMAX;
    tabs.choose(at);
    block.element.hidden = layer.element.hidden = last;
    softmax.element.hidden = !last;
    panel.setAttribute("aria-labelledby", last ? "softmax-title" : "block-title");
    if (last) unit.close();
    else block.show(shown.blocks[at], Number(at) + 1, shown);
  }

  function showLayer(chosen, title) {
    layer.show(chosen, shown, title);
    if (unit.place !== chosen.place) unit.close();
  }

  function show(response) {
    shown = unpacked(response, classesOf(app));
    const back = shown.backward !== null;
    controls.show(shown);
    tabs.input(shown.input);
    tabs.show([...shown.blocks.map(blockTab), softmaxTab(shown.softmax, back)], back);
    softmax.show(shown);
    open(String(app.state.layer));
    if (unit.place !== null) unit.refresh(layer.values);
    guide.refresh();
  }

  function blockTab(found, k) {
    const [{ shown: place }, name] = [found, serverWords(found, "name")];
    const { shape, output, gradient } = shown.layers.find((each) => each.place === place);
    return { id: String(k), kind: name, title: say("network.block", { number: k + 1, name }), shape, values: shown.backward === null ? output : gradient };
  }

  panelRequest(content, app, {
    depends: ["answer", "backward"],
    ask: () => askAboutDrawing(app, "/api/inside", { backward: app.state.backward }),
    show,
    empty: say("network.empty"),
  });
  app.on("model", () => unit.close());
  app.on("layer", (id) => shown && open(String(id)));
}

function softmaxTab({ classes, probabilities, gradient }, back) {
  const values = Float32Array.from(back ? gradient.values : probabilities, (value) => value ?? 0);
  return { id: SOFTMAX, kind: say("softmax.name"), title: say("softmax.name"), shape: [classes.length], values };
}

/** The response with its arrays unpacked, the classes, and for each layer how many units its block has. */
function unpacked(response, classes) {
  const find = (place) => response.layers.find((layer) => layer.place === place);
  const layers = response.layers.map((layer) => ({
    ...layer,
    output: unpack(layer.output).data,
    gradient: unpack(layer.gradient)?.data,
    units: find(response.blocks.find(({ places }) => places.includes(layer.place)).shown).shape[0],
  }));
  return { ...response, classes, layers, input: unpack(response.input) };
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
      el("label", { class: "switch" }, input, el("span", {}, say("network.backward"))),
      el("label", { class: "inline-field" }, el("span", {}, say("network.of_loss")), label),
      loss,
    ),
    show: (shown) => loss.replaceChildren(...lossWords(shown, app.state.answer.parts)),
  };
}

function lossWords({ backward, loss, label, probability, digit }, { length: count }) {
  if (backward === null) {
    const what = count > 1 ? say("network.the_digit", { digit, count }) : say("network.the_picture");
    return phrase("network.forward", { what, label, share: probability });
  }
  const facts = { loss: el("strong", {}, number(loss)), label: backward, share: Math.exp(-loss) };
  const [raises, lowers] = [el("span", { class: "plus" }, say("network.raises")), el("span", { class: "minus" }, say("network.lowers"))];
  return [
    ...(count > 1 ? phrase("network.loss.digit", { digit, count, ...facts }) : phrase("network.loss", facts)),
    ...phrase("network.gradient", { raises, lowers }),
    loss < SMALL ? say("network.small") : "",
  ];
}
