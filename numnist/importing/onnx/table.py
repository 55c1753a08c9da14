"""Every operator that numnist reads, by the function that says which layers it is.  There are no others."""

from __future__ import annotations

from collections.abc import Callable

from numnist.importing.onnx import constants, dense, ends, moving, pointwise, windows
from numnist.importing.onnx.call import Call
from numnist.importing.onnx.file import ML
from numnist.importing.onnx.values import Flowing

Operator = Callable[[Call], Flowing | tuple[Flowing, Flowing]]
OPERATORS: dict[tuple[str, str], Operator] = {
    ("", "Conv"): windows.conv,
    ("", "MaxPool"): windows.max_pool,
    ("", "AveragePool"): windows.average_pool,
    ("", "GlobalAveragePool"): windows.global_average_pool,
    ("", "GlobalMaxPool"): windows.global_max_pool,
    ("", "ReduceMean"): windows.reduce_mean,
    ("", "Pad"): windows.pad,
    ("", "Gemm"): dense.gemm,
    ("", "MatMul"): dense.matmul,
    ("", "BatchNormalization"): dense.batch_norm,
    ("", "LayerNormalization"): dense.layer_norm,
    ("", "Relu"): pointwise.relu,
    ("", "LeakyRelu"): pointwise.leaky_relu,
    ("", "PRelu"): pointwise.prelu,
    ("", "Elu"): pointwise.elu,
    ("", "Gelu"): pointwise.gelu,
    ("", "Clip"): pointwise.clip,
    ("", "Softmax"): pointwise.softmax,
    ("", "LogSoftmax"): pointwise.log_softmax,
    **{
        ("", name): dense.arithmetic
        for name in ("Add", "Sub", "Mul", "Div", "Pow", "Neg", "Sqrt", "Tanh", "Sigmoid", "Erf")
    },
    ("", "Sum"): dense.total,
    ("", "Constant"): constants.constant,
    ("", "ConstantOfShape"): constants.filled,
    ("", "Identity"): moving.identity,
    ("", "Dropout"): moving.dropout,
    ("", "Cast"): moving.cast,
    ("", "Transpose"): moving.transpose,
    ("", "Flatten"): moving.flatten,
    ("", "Reshape"): moving.reshape,
    ("", "Squeeze"): moving.squeeze,
    ("", "Unsqueeze"): moving.unsqueeze,
    ("", "Shape"): constants.shape_of,
    ("", "Gather"): constants.gather,
    ("", "Slice"): constants.cut,
    ("", "Concat"): ends.concat,
    ("", "ArgMax"): ends.argmax,
    (ML, "ZipMap"): ends.zip_map,
    (ML, "ArrayFeatureExtractor"): ends.feature_extractor,
    (ML, "Scaler"): ends.scaler,
    (ML, "LinearClassifier"): ends.linear_classifier,
    (ML, "Normalizer"): ends.normalizer,
}
