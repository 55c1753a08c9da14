"""Classifiers that skl2onnx exports: the imported model gives scikit-learn's probabilities."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs the extra onnx")
pytest.importorskip("sklearn", reason="needs scikit-learn")
pytest.importorskip("skl2onnx", reason="needs skl2onnx")

from skl2onnx import to_onnx
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from numnist import ModelFileError, import_model, load_model

CLOSE = 1e-5  # scikit-learn computes in float64 here, the file and numnist in float32
NAMES = np.array(["cat", "dog", "hen"])
MLP = MLPClassifier((7,), max_iter=20, random_state=0)
ESTIMATORS = {
    "network": MLP,
    "two classes": MLPClassifier((7, 5), "tanh", max_iter=20, random_state=0),
    "logistic regression": LogisticRegression(),
    "logistic regression of two classes": LogisticRegression(),
    "standard": make_pipeline(StandardScaler(), MLPClassifier((7,), "logistic", max_iter=20, random_state=0)),
    "range": make_pipeline(MinMaxScaler(), MLP),
    "robust": make_pipeline(RobustScaler(), LogisticRegression()),
    "largest": make_pipeline(MaxAbsScaler(), MLP),
}


def data(classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(60, 5)) * [1, 2, 5, 10, 20] + 3).astype(np.float32)
    return X, np.arange(60) % classes


@pytest.mark.parametrize("opset", [13, 17, 21])
@pytest.mark.parametrize("zipmap", [True, False])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_probabilities_and_classes_are_scikit_learns(name, zipmap, opset, tmp_path):
    X, y = data(2 if "two" in name else 3)
    estimator = ESTIMATORS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator.fit(X, NAMES[y])
    proto = to_onnx(
        estimator, X[:1], options={id(estimator): {"zipmap": zipmap}}, target_opset={"": opset, "ai.onnx.ml": 3}
    )
    path = tmp_path / "net.onnx"
    path.write_bytes(proto.SerializeToString())
    model = import_model(path).model
    assert np.abs(model.predict_proba(X) - estimator.predict_proba(X)).max() <= CLOSE
    assert model.classes == tuple(estimator.classes_)
    assert model.in_shape == (5, 1, 1)
    model.save(tmp_path / "net.safetensors")
    assert load_model(tmp_path / "net.safetensors").classes == model.classes


def test_pictures_of_which_the_file_has_the_pixels_in_a_row(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, (40, 64)).astype(np.float32), np.arange(40) % 3
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator = make_pipeline(StandardScaler(), MLP).fit(X, y)
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(estimator, X[:1]).SerializeToString())
    imported = import_model(path, size=8, preparation="digits")
    pictures = X.reshape(-1, 8, 8).astype(np.uint8)
    assert np.abs(imported.model.predict_proba(pictures) - estimator.predict_proba(X)).max() <= CLOSE
    assert (imported.model.in_shape, imported.model.classes) == ((1, 8, 8), ("0", "1", "2"))
    assert any("0 to 255" in note for note in imported.notes)


def test_a_regression_is_refused(tmp_path):
    X, y = data(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        estimator = MLPRegressor(hidden_layer_sizes=(7,), max_iter=20, random_state=0).fit(X, y)
    path = tmp_path / "net.onnx"
    path.write_bytes(to_onnx(estimator, X[:1]).SerializeToString())
    with pytest.raises(ModelFileError, match="one number, as of a regression"):
        import_model(path)
