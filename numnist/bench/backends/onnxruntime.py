"""ONNX Runtime, for inference only, on a graph exported from numnist's layers and weights.

The graph takes uint8 pixels and begins with their conversion.  NumPy's conversion before the call takes as long for
1,000 pictures, and 2 to 3 microseconds more for one (processor time, one thread).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from numnist.bench.work import Array, BaseBackend, Built, Work, unsupported_layer
from numnist.nn import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU

OPSET, IR_VERSION = 17, 8  # of 2022: supported by every ONNX Runtime for Python 3.11 and newer


class Backend(BaseBackend):
    """Takes uint8 pictures."""

    trains = False

    def __init__(self, work: Work):
        import onnxruntime

        self.x = work.pictures()  # (N, 1, 28, 28)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = work.threads
        graph = to_onnx(work.built(), work.scale, work.offset)
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def logits(self, count: int) -> Array:
        return self.session.run(None, {"pixels": self.x[:count]})[0]


def to_onnx(layers: Sequence[Built], scale: float, offset: float) -> bytes:
    """The network in evaluation mode as the bytes of an ONNX file, from uint8 pixels (N, 1, 28, 28) to y (N, 10)."""
    from onnx import TensorProto, checker, helper, numpy_helper

    constants = {"scale": scale, "offset": offset}
    weights = [numpy_helper.from_array(np.array(value, np.float32), name) for name, value in constants.items()]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["floats", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["x"]),
    ]
    last = "x"
    for i, built in enumerate(layers):
        if isinstance(built.layer, Dropout):
            continue
        operator, options = counterpart(built)
        names = [f"{i}.{name}" for name in built.arrays]
        weights += [numpy_helper.from_array(array, name) for name, array in zip(names, built.arrays.values())]
        out = "y" if i == len(layers) - 1 else f"{i}.y"
        nodes.append(helper.make_node(operator, [last, *names], [out], **options))
        last = out
    pictures = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["N", *layers[0].in_shape])
    logits = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", *layers[-1].out_shape])
    graph = helper.make_graph(nodes, "numnist", [pictures], [logits], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    checker.check_model(model)
    return bytes(model.SerializeToString())


def counterpart(built: Built) -> tuple[str, dict[str, Any]]:
    """A layer's operator and options; its inputs are x and then the layer's parameters in their order."""
    layer = built.layer
    match layer:
        case Conv2d():
            return "Conv", {"auto_pad": "SAME_UPPER" if layer.padding == "same" else "VALID"}
        case Dense():
            return "Gemm", {"transB": 1}  # w is (units, in), as ONNX exporters write it
        case BatchNorm():
            return "BatchNormalization", {"epsilon": layer.eps}
        case MaxPool2d():
            return "MaxPool", {"kernel_shape": [layer.window] * 2, "strides": [layer.window] * 2}
        case ReLU():
            return "Relu", {}
        case Flatten():
            return "Flatten", {}
        case _:
            raise unsupported_layer(layer)
