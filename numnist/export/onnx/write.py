"""A whole model in ONNX: pictures in, logits and probabilities out, and what is known about it as metadata."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from numnist.export.exported import Exported
from numnist.export.onnx.graph import Graph
from numnist.export.onnx.layers import layer_nodes
from numnist.ink.normalize import is_features
from numnist.model.model import Model
from numnist.model.reading import sure_threshold
from numnist.support.errors import UsageError

OPSETS = {17: 8, 18: 8, 19: 9, 20: 9, 21: 10}  # and the file format (IR) of each, which older runtimes must know
OPSET = 17
INPUTS = ("uint8", "float")
PRODUCER = "numnist"


def onnx_bytes(exported: Exported, *, opset: int = OPSET, pixels: str = "uint8") -> bytes:
    """The model as an .onnx file, checked by onnx itself.

    Its input "pictures" is (N, C, H, W), of pixels 0..255 as uint8 or 0..1 as float32; or "features", (N, F), float32.
    Its outputs are "logits" and "probabilities", (N, classes), in the order of the classes in its metadata.  Numbers
    are float32.  opset: 17 to 21, which operators the runtime must know;  pixels: "uint8" or "float".
    Raises UsageError for another opset or input, and for layers that ONNX cannot have.
    """
    if opset not in OPSETS:
        raise UsageError(f"opset {opset} is not supported; there are {', '.join(map(str, OPSETS))}.")
    if pixels not in INPUTS:
        raise UsageError(f"pixels is {pixels!r}, but must be {' or '.join(INPUTS)}.")
    model, graph = exported.model, Graph()
    features = is_features(model.in_shape)
    x = _normalised(graph, model, features, pixels)
    last = layer_nodes(graph, model.plan, model.p, x)
    graph.where = ""
    logits = graph.add("Identity", last, output="logits")
    _probabilities(graph, logits, model.background)
    shape = ["N", model.in_shape[0]] if features else ["N", *model.in_shape]
    kind = TensorProto.UINT8 if pixels == "uint8" and not features else TensorProto.FLOAT
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", len(model.classes)])
        for name in ("logits", "probabilities")
    ]
    made = helper.make_model(
        helper.make_graph(
            graph.nodes, exported.name or "numnist",
            [helper.make_tensor_value_info("features" if features else "pictures", kind, shape)],
            outputs, graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", opset)], ir_version=OPSETS[opset], producer_name=PRODUCER,
    )  # fmt: skip
    helper.set_model_props(made, _metadata(exported))
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def _normalised(graph: Graph, model: Model, features: bool, pixels: str) -> str:
    """The input as the network takes it: (N, C, H, W), float32, normalised."""
    graph.where = "normalization"
    given: Any = np.float32 if features or pixels == "float" else np.uint8
    x = "features" if features else "pictures"
    if features:
        x = graph.add("Reshape", x, graph.numbers(0, *model.in_shape))
    elif given == np.uint8:
        x = graph.add("Cast", x, to=TensorProto.FLOAT)
    scale, offset = (np.asarray(number) for number in model.normalization.line(given, np.float32))
    if scale.ndim:
        scale, offset = scale[..., 0], offset[..., 0]  # (C, 1, 1) or (C, H, W)
    scaled = graph.add("Mul", x, graph.constant(scale, "scale"))
    return graph.add("Add", scaled, graph.constant(offset, "offset"))


def _probabilities(graph: Graph, logits: str, background: bool) -> None:
    """Softmax; with a background over one class more, whose logit is 0 and which is left out."""
    graph.where = "probabilities"
    if not background:
        graph.add("Softmax", logits, output="probabilities", axis=1)
        return
    more = graph.add("Softmax", graph.add("Pad", logits, graph.numbers(0, 0, 0, 1)), axis=1)
    graph.add("Slice", more, graph.numbers(0), graph.numbers(-1), graph.numbers(1), output="probabilities")


def _metadata(exported: Exported) -> dict[str, str]:
    """What a program needs to use the model, and what ONNX itself cannot hold: how pictures are prepared."""
    model = exported.model
    about = {
        "name": exported.name, "classes": list(model.classes), "preparation": model.preparation,
        "background": model.background, "sure_above": sure_threshold(model.about),
        "weights_sha256": model.weights_sha256, "result": model.about.get("result"),
        "recipe": model.about.get("recipe"),
    }  # fmt: skip
    known = {key: value for key, value in about.items() if value is not None}
    return {f"{PRODUCER}.{key}": each if isinstance(each, str) else json.dumps(each) for key, each in known.items()}
