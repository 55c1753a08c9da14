"""Every operator on the ONNX standard's own test vectors: the standard's output, or a refusal that is listed here."""

from __future__ import annotations

from fnmatch import fnmatch

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")

from numnist import ModelFileError
from numnist.importing.onnx.file import ML
from numnist.importing.onnx.table import OPERATORS
from tests.importing.graphs import imported, outputs
from tests.importing.standard import cases_of, input_of, model_of, output_of

# Of which the standard has no vectors, and constants, which are no network's input; tests/importing/test_sklearn.py and
# test_operators.py have them
WITHOUT = {
    (ML, "ZipMap"),
    (ML, "Scaler"),
    (ML, "LinearClassifier"),
    (ML, "Normalizer"),
    ("", "Constant"),
    ("", "ConstantOfShape"),
}
# Why a case is refused, and which are
REFUSED = {
    r"has 5 axes": "maxpool_3d_* averagepool_3d_* identity_sequence",
    r"takes \('N', 3, 32\), but numnist's pictures": "maxpool_1d_default averagepool_1d_default",
    r"dilations \[2, 2\]": "maxpool_2d_dilations averagepool_2d_dilations",
    r"pads \[1, 1, 0, 0\] are none that": "maxpool_2d_same_lower averagepool_2d_same_lower",
    r"pads \[2, 2, 2, 2\] are none .* half of the window": (
        "maxpool_2d_pads averagepool_2d_pads averagepool_2d_pads_count_include_pad"
    ),
    r"computes with whole numbers": "maxpool_2d_uint8 add_uint8 sub_uint8 mul_uint8 div_uint8",
    r"mean over (other axes|everything)": "reduce_mean_*",
    r"a border \(Pad\) stands before": "constant_pad constant_pad_axes constant_pad_negative_axes",
    r"input '\w+' must be float or uint8": (
        "edge_pad reflect_pad wrap_pad clip_default_int8_inbounds div_int32_trunc pow_types_int*_* "
        "cast_BFLOAT16_to_* cast_FLOAT8*_to_FLOAT* cast_UINT[24]_to_* cast_INT[24]_to_* cast_FLOAT4*_to_* "
        "cast_e8m0_FLOAT8*_to_*"
    ),
    r"is no bias": "gemm_default_matrix_bias",
    r"transA": "gemm_transposeA gemm_all_attributes",
    r"its matrix has the shape": "matmul_3d matmul_4d matmul_bcast matmul_1d_3d matmul_4d_1d matmul_1d_1d",
    r"training mode: export": "batchnorm_*_training_mode training_dropout*",
    r"normalises over the axes from [023] on": (
        "layer_normalization_4d_axis0 layer_normalization_4d_axis[23] layer_normalization_4d_axis_negative_[124] "
        "layer_normalization_default_axis layer_normalization_2d_axis0 layer_normalization_2d_axis_negative_2 "
        "layer_normalization_3d_axis0_epsilon layer_normalization_3d_axis2_epsilon "
        "layer_normalization_3d_axis_negative_[13]_epsilon"
    ),
    r"a slope for each channel": "prelu_*",
    r"cuts off at .* ReLU6": (
        "clip clip_example clip_inbounds clip_outbounds clip_splitbounds clip_min_greater_than_max clip_default_max"
    ),
    r"numbers '\w+' are of type u?int\d+, but": (
        "clip_default_int8_m* add_int* sub_int* mul_int* div_int8 div_int16 *_uint16 *_uint32 *_uint64"
    ),
    r"softmax over something else": (
        "softmax_axis_[012] softmax_negative_axis softmax_default_axis logsoftmax_axis_[012] logsoftmax_negative_axis "
        "logsoftmax_default_axis"
    ),
    r"constant \(3, 4, 5\) does not fit": "add sub mul div pow",
    r"each pixel by a number of its own": "mul_bcast",
    r"no layer for what it computes by": "pow_example pow_bcast_* pow_types_float32_int* sqrt* erf",
    r"adds 3 arrays": "sum_example",
    r"rounds the network's numbers": "cast_*_to_FLOAT[148]* cast_*_to_*INT* cast_*_to_BFLOAT16",
    r"moves the samples": "transpose_default transpose_all_permutations_[2345]",
    r"does not leave one row": "flatten_axis[023] flatten_negative_axis[124]",
    r"does not keep the samples apart": (
        "reshape_reordered_all_dims reshape_one_dim reshape_negative_extended_dims reshape_allowzero_reordered"
    ),
    r"samples must stay the first axis": "squeeze unsqueeze_axis_0",
    r"no output of layers": "shape* argmax_*",
    r"picks some of": "gather_* ai_onnx_ml_array_feature_extractor",
    r"cuts off some of": "slice*",
    r"side by side": "concat_*",
    r"an argmax over something else": "argmax_*",
}  # fmt: skip


def reasons(name: str) -> list[str]:
    """The reasons for which a case of this name may be refused."""
    return [why for why, names in REFUSED.items() if any(fnmatch(name, each) for each in names.split())]


@pytest.mark.parametrize(("domain", "operator"), sorted(OPERATORS.keys() - WITHOUT))
def test_the_standards_vectors(domain, operator, tmp_path):
    cases = cases_of(operator)
    assert cases
    for case in cases:
        name, y = case.name.removeprefix("test_"), output_of(case)
        size = y.size // max(len(y), 1)
        head = size < 600 and operator != "LogSoftmax" and np.isfinite(y.astype(float)).all()
        if reasons(name):
            with pytest.raises(ModelFileError, match="|".join(reasons(name))):
                imported(model_of(case, head), tmp_path, pixels="float")
            continue
        model = imported(model_of(case, head), tmp_path, pixels="float").model
        mine = outputs(model, input_of(case))[:, :size].reshape(y.shape)
        if operator == "LogSoftmax":
            mine = mine - mine.max(axis=1, keepdims=True)
            mine -= np.log(np.exp(mine).sum(axis=1, keepdims=True))
        # The standard's own tolerance; numnist's GELU is within 5e-4 of the exact form
        near = 5e-4 if operator == "Gelu" else 1e-6
        np.testing.assert_allclose(mine, y, rtol=1e-3, atol=near, err_msg=name)
