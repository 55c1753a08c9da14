"""No answer, and no explanation of one, comes from a model whose numbers are not finite."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Model, Normalization, NotFiniteError, UsageError, evaluate, export_model, read
from numnist.interpret.attribution import counterfactual, saliency
from numnist.interpret.neighbours import NeighbourIndex
from numnist.interpret.occlusion import occlusion
from numnist.interpret.strongest import StrongestPictures
from numnist.interpret.trace import trace, trace_backward
from tests.small import CONV, dataset

WAYS = {
    "logits": lambda model, x, y: model.logits(x),
    "predict": lambda model, x, y: model.predict(x),
    "predict_proba": lambda model, x, y: model.predict_proba(x),
    "predict one": lambda model, x, y: model.predict(x[:1]),
    "loss": lambda model, x, y: model.loss(x, y),
    "gradient": lambda model, x, y: model.gradient(x, y),
    "evaluate": lambda model, x, y: evaluate(model, dataset().test),
    "read": lambda model, x, y: read(model, x[:2]),
    "save": lambda model, x, y: model.save("model.safetensors"),
    "export": lambda model, x, y: export_model(model, "net.py"),
    "gradients of layers": lambda model, x, y: trace_backward(model, x, y),
    "saliency": lambda model, x, y: saliency(model, x, y),
    "counterfactual": lambda model, x, y: counterfactual(model, x[0], 1),
    "occlusion": lambda model, x, y: occlusion(model, x[:1], y[:1]),
    "neighbours": lambda model, x, y: NeighbourIndex(model, x),
    "strongest pictures": lambda model, x, y: StrongestPictures(model, x),
}


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("way", WAYS)
def test_a_weight_that_is_not_finite_gives_no_answer(way, bad):
    data = dataset()
    model = Model(CONV, data)
    model.parameters.arrays()["0.w"].flat[1] = bad
    with np.errstate(all="ignore"), pytest.raises(NotFiniteError, match=r"not a number|not finite"):
        WAYS[way](model, *data.test)


def test_a_trace_shows_where_it_begins():
    model = Model(CONV, dataset())
    model.parameters.arrays()["0.w"].flat[1] = np.nan
    with np.errstate(all="ignore"):
        assert np.isnan(trace(model, dataset().test.x)[0].output).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -1.0])
def test_what_is_no_width_of_a_blur_is_refused(bad):
    with pytest.raises(UsageError, match="saliency blur is"):
        saliency(Model(CONV, dataset()), *dataset().test, blur=bad)


@pytest.mark.parametrize(("mean", "std"), [(np.nan, 1), (np.inf, 1), (0, np.nan), (0, np.inf), (0, 0), (0, -1)])
def test_a_normalisation_that_is_not_finite_is_refused(mean, std):
    with pytest.raises(UsageError, match="a normalisation needs"):
        Normalization("global", np.full((1, 1, 1), mean), np.full((1, 1, 1), std))
