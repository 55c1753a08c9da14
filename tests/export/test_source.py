"""Python and C files: the same numbers as numnist, by Python and by the system's compiler."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from numnist import BatchNorm, Dataset, Dense, Flatten, Model, ReLU, Residual, Sequential, UsageError, load, load_model
from numnist.export.c.write import header, quantized, sizes_of
from numnist.export.exported import Exported
from numnist.export.formats import export_model
from numnist.export.python.write import module
from tests.export.layer_cases import FEATURES, PICTURES, around
from tests.small import CONV, MLP, dataset

CLOSE = 1e-5  # of the largest output: float32 has 1e-7, and sums in another order lose a digit or two
COMPILER = shutil.which("cc")
SOME = dict(list(PICTURES.items())[::7]) | {name: each for name, each in PICTURES.items() if "(" in name[:20]}
MAIN = """
#include <stdio.h>
#include "net.h"
int main(void)
{
    static numnist_input input[NUMNIST_INPUTS];
    static float p[NUMNIST_CLASSES], logits[NUMNIST_CLASSES];
    while (fread(input, sizeof input[0], NUMNIST_INPUTS, stdin) == NUMNIST_INPUTS) {
        const float best = (float)numnist_classify(input, p);
        numnist_logits(input, logits);
        fwrite(&best, sizeof best, 1, stdout);
        fwrite(p, sizeof p[0], NUMNIST_CLASSES, stdout);
        fwrite(logits, sizeof logits[0], NUMNIST_CLASSES, stdout);
    }
    return fputs(numnist_classes[0], stderr) < 0;
}
"""


def imported(model: Model | str, folder: Path) -> ModuleType:
    path = folder / "net.py"
    path.write_bytes(module(Exported.of(model)))
    spec = importlib.util.spec_from_file_location("net", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def run_c(data: bytes, x: np.ndarray, classes: int, folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What numnist_classify returns, the probabilities and the logits of all inputs."""
    (folder / "net.h").write_bytes(data)
    (folder / "main.c").write_text(MAIN)
    strict = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    subprocess.run([COMPILER, *strict, "main.c", "-o", "main", "-lm"], cwd=folder, check=True)
    done = subprocess.run([folder / "main"], input=x.tobytes(), capture_output=True, check=True)
    numbers = np.frombuffer(done.stdout, np.float32).reshape(len(x), 1 + 2 * classes)
    return numbers[:, 0].astype(int), numbers[:, 1 : 1 + classes], numbers[:, 1 + classes :]


def off(theirs: np.ndarray, ours: np.ndarray) -> float:
    return float(np.abs(theirs - ours).max() / np.abs(ours).max())


@pytest.mark.parametrize("name", PICTURES)
def test_python_gives_the_same_numbers_for_a_layer_on_pictures(name, tmp_path):
    model, x = around(PICTURES[name], (2, 7, 6)), np.random.default_rng(1).integers(0, 256, (3, 2, 7, 6), np.uint8)
    found = imported(model, tmp_path).logits(x)
    assert found.dtype == np.float32
    assert off(found, model.logits(x)) <= CLOSE


@pytest.mark.parametrize("name", FEATURES)
def test_python_gives_the_same_numbers_for_a_layer_on_features(name, tmp_path):
    model, x = (
        around(FEATURES[name], (1, 3, 4), flat=True),
        np.random.default_rng(1).integers(0, 256, (3, 1, 3, 4), np.uint8),
    )
    assert off(imported(model, tmp_path).logits(x), model.logits(x)) <= CLOSE


@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
@pytest.mark.parametrize("name", [*SOME, *FEATURES])
def test_c_gives_the_same_numbers_for_a_layer(name, tmp_path):
    shape = (2, 7, 6) if name in SOME else (1, 3, 4)
    model = around(PICTURES[name], shape) if name in SOME else around(FEATURES[name], shape, flat=True)
    x = np.random.default_rng(1).integers(0, 256, (3, *shape), np.uint8)
    assert off(run_c(header(Exported.of(model)), x, 3, tmp_path)[2], model.logits(x)) <= CLOSE


NESTED = Sequential(
    Flatten(), Dense(6), Residual(Sequential(Dense(6), ReLU(), Residual(Dense(6)), Dense(6))), BatchNorm(), Dense(4)
)  # fmt: skip


@pytest.mark.parametrize("network", [CONV, MLP, NESTED], ids=["conv", "mlp", "nested"])
@pytest.mark.parametrize("kind", ["global", "pixel", "unit"])
@pytest.mark.parametrize("background", [False, True])
def test_a_whole_network_in_both(network, kind, background, tmp_path):
    model, x = Model(network, dataset(), normalization=kind, background=background), dataset().test.x
    net = imported(model, tmp_path)
    assert off(net.logits(x), model.logits(x)) <= CLOSE
    probabilities = model.predict_proba(x)
    np.testing.assert_allclose(net.probabilities(x)[:, :4], probabilities, atol=1e-6)
    label, probability = net.classify(x[0])
    assert label in (*model.classes, None)
    assert probability == pytest.approx(max(*probabilities[0], 1 - probabilities[0].sum()), abs=1e-6)
    if COMPILER:
        best, p, logits = run_c(header(Exported.of(model)), x, 4, tmp_path)
        assert off(logits, model.logits(x)) <= CLOSE
        np.testing.assert_allclose(p, probabilities, atol=1e-6)
        ours = np.column_stack([probabilities, 1 - probabilities.sum(axis=1)]) if background else probabilities
        clear = np.ptp(np.sort(ours, axis=1)[:, -2:], axis=1) > 1e-5  # of equal ones either will do
        assert np.array_equal(best[clear], ours.argmax(axis=1)[clear])


def test_features_in_both(tmp_path):
    rng = np.random.default_rng(0)
    X, y = (rng.normal(size=(60, 5)) * [1, 10, 100, 1e3, 1e4] + 7).astype(np.float32), np.arange(60) % 3
    model = Model(Sequential(Flatten(), Dense(8), ReLU(), Dense(3)), Dataset.of(X, y))
    assert off(imported(model, tmp_path).logits(X), model.logits(X)) <= CLOSE
    if COMPILER:
        assert off(run_c(header(Exported.of(model)), X, 3, tmp_path)[2], model.logits(X)) <= CLOSE


def test_whole_numbers_are_within_half_a_step_of_the_weights():
    w = np.random.default_rng(0).normal(size=(5, 4, 3, 3)).astype(np.float32)
    w[2] = 0
    q, scale = quantized(w)
    assert q.dtype == np.int8
    largest = np.abs(q).reshape(5, -1).max(axis=1)
    assert largest.tolist() == [127, 127, 0, 127, 127]  # each filter has a scale of its own
    back = q * scale[:, None, None, None]
    assert (np.abs(back - w) <= 0.5001 * scale[:, None, None, None]).all()


def test_int8_needs_a_quarter_and_says_what_it_needs():
    sizes = [sizes_of(header(Exported.of("digits"), weights=weights)) for weights in ("float32", "int8")]
    model = load_model("digits")
    assert sizes[0][0] < 4 * model.plan.size + 100
    assert sizes[1][0] < sizes[0][0] / 3.9
    largest = 32 * 26 * 26 + 32 * 24 * 24  # of two values that are needed at once
    assert 4 * largest <= sizes[0][1] == sizes[1][1] <= 4 * largest + 100


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.zeros((8, 8)), TypeError, "must be uint8"),
        (np.zeros((9, 8), np.uint8), ValueError, r"\(N, 1, 8, 8\) or \(N, 8, 8\)"),
        (np.zeros((8, 8, 1), np.uint8), ValueError, "but these have"),
        (np.zeros((2, 8, 8), np.uint8), ValueError, "classify takes one input"),
    ],
)
def test_python_refuses_what_is_no_input(x, error, message, tmp_path):
    with pytest.raises(error, match=message):
        imported(Model(MLP, dataset()), tmp_path).classify(x)


def test_names_of_classes_are_safe_in_both(tmp_path):
    names = ('a "quoted" \\ name', "*/ ends", "é漢\u200d", "??/")
    model = Model(MLP, dataset(), classes=names)
    assert names == imported(model, tmp_path).CLASSES
    if COMPILER:
        run_c(header(Exported.of(model)), dataset().test.x, 4, tmp_path)
        done = subprocess.run([tmp_path / "main"], input=b"", capture_output=True, check=True)
        assert done.stderr.decode() == names[0]


def test_a_header_of_other_weights_is_refused(tmp_path):
    with pytest.raises(UsageError, match="weights is 'int4'"):
        export_model("digits", tmp_path / "net.h", weights="int4")


@pytest.mark.mnist
@pytest.mark.slow
@pytest.mark.skipif(COMPILER is None, reason="needs a C compiler")
@pytest.mark.parametrize(("name", "data"), [("digits", "mnist"), ("fashion", "fashion-mnist")])
def test_a_thousand_test_pictures_in_c_and_python(name, data, tmp_path):
    test, model = load(data, offline=True).test[:1000], load_model(name)
    ours, right = model.predict(test.x), test.labels
    assert np.array_equal(imported(name, tmp_path).logits(test.x).argmax(axis=1), ours)
    exact, whole = (
        run_c(header(Exported.of(name), weights=weights), test.x, 10, tmp_path)[2].argmax(axis=1)
        for weights in ("float32", "int8")
    )
    assert np.array_equal(exact, ours)
    assert abs(np.mean(whole == right) - np.mean(ours == right)) <= 0.001 + 1e-9  # 0.1 points
