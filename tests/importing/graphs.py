"""Small graphs, and whether what numnist makes of them computes the same as ONNX's own evaluator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from numnist import Model, import_model
from numnist.importing.imported import Imported

# Of the largest output: float32 has 1e-7, and sums in another order lose a digit or two
CLOSE = 1e-5


def graph(
    nodes: Sequence[Any],
    constants: dict[str, Any],
    shape: Sequence[Any] = ("N", 2, 7, 6),
    *,
    opset: int = 17,
    kind: int = TensorProto.FLOAT,
    outputs: Sequence[str] = ("y",),
    domains: dict[str, int] | None = None,
) -> Any:
    """A model from "x" to "y".   nodes: (operator, inputs, output, attributes), names of inputs in one text"""
    made = []
    for operator, inputs, output, *attributes in nodes:
        domain = "ai.onnx.ml" if operator in ("Scaler", "ZipMap", "Normalizer", "LinearClassifier") else ""
        made.append(
            helper.make_node(
                operator, inputs.split(), output.split(), name=f"a {operator}", domain=domain,
                **(attributes[0] if attributes else {}),
            )
        )  # fmt: skip
    opsets = [helper.make_opsetid("", opset)]
    opsets += [helper.make_opsetid(name, version) for name, version in (domains or {}).items()]
    version = helper.find_min_ir_version_for(opsets)
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    # Old files name constants among the inputs, too
    also = [helper.make_tensor_value_info(each.name, each.data_type, each.dims) for each in tensors if version < 4]
    return helper.make_model(
        helper.make_graph(
            made, "g", [helper.make_tensor_value_info("x", kind, shape), *also],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ("N", "K")) for name in outputs],
            tensors,
        ),
        opset_imports=opsets, ir_version=version,
    )  # fmt: skip


def with_head(nodes: Sequence[Any], constants: dict[str, Any], size: int, **options: Any) -> Any:
    """The nodes' output "z", flattened, and a dense layer of 3 outputs."""
    w = np.random.default_rng(9).normal(size=(size, 3)).astype(np.float32)
    head = [("Flatten", "z", "row"), ("Gemm", "row head_w head_b", "y")]
    return graph([*nodes, *head], constants | {"head_w": w, "head_b": np.float32([0.1, 0.2, 0.3])}, **options)


def imported(proto: Any, folder: Path, **options: Any) -> Imported:
    path = folder / "net.onnx"
    path.write_bytes(proto.SerializeToString())
    return import_model(path, **options)


def outputs(model: Model, x: np.ndarray) -> np.ndarray:
    """The network's outputs for inputs of any size, also such as pixels cannot have."""
    x = x.reshape(len(x), *model.in_shape).astype(np.float64)
    x = (x - model.normalization.mean) / model.normalization.std
    return model.network.forward(model.p, np.moveaxis(x, 0, -1).astype(np.float32))[0].T


def expected(proto: Any, x: np.ndarray) -> np.ndarray:
    """What ONNX's own evaluator computes."""
    return ReferenceEvaluator(proto).run(None, {proto.graph.input[0].name: x})[0]


def assert_same(proto: Any, folder: Path, close: float = CLOSE, reference: Any = None, **options: Any) -> Model:
    """The imported model computes what ONNX's evaluator does, for random pictures in 0..1.

    reference: the same graph in an opset of which the evaluator has no fault
    """
    shape = [dim.dim_value or 3 for dim in proto.graph.input[0].type.tensor_type.shape.dim]
    x = np.random.default_rng(2).random(shape).astype(np.float32)
    model = imported(proto, folder, **options).model
    wanted = expected(reference or proto, x)
    mine = model.logits(x if len(shape) < 4 or model.in_shape == tuple(shape[1:]) else np.moveaxis(x, 3, 1))
    assert np.abs(mine - wanted).max() <= close * np.abs(wanted).max()
    return model
