"""Softmax as a stage: every step of it, and the gradient of the model's own loss, named as what it is."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Model
from numnist.ink.prepare import prepare
from numnist.interpret.trace import trace_backward
from numnist.nn.losses import LOSSES, SoftmaxCrossEntropy
from numnist.support.serialisation import from_dict
from tests.explain.quotations import stands_in_its_file
from tests.serve.drawings import BLANK, NETWORK, drawn, png

CANVAS, LABEL = drawn(1)
PICTURE = prepare(CANVAS, "digits", (1, 28, 28)).picture[None]
CLASSES = list("0123456789")
EXACT = {"rel": 1e-5}  # float32 scores have 7 digits, of which exp and sums of ten lose one


@pytest.fixture(params=[False, True], ids=["ten", "background"])
def model(request, context):
    made = Model(NETWORK, (1, 28, 28), preparation="digits", background=request.param)
    return context.models.add("small", made, "kept").model


def stage(client, content=None, **query):
    response = client.post("/api/inside", content=content or png(CANVAS), params={"model": "small"} | query)
    assert response.status_code == 200, response.text
    return response.json()["softmax"]


def test_each_step_follows_from_the_one_before(client, model):
    answer = stage(client)
    scores = model.logits(PICTURE)[0].tolist() + [0.0] * model.background
    assert answer["classes"] == CLASSES + ["none of these"] * model.background
    # the layers as written and as compiled sum in other orders: float32 has 7 digits, sums of 576 terms lose two
    assert answer["scores"] == pytest.approx(scores, rel=1e-4, abs=1e-5)
    assert answer["largest"] == max(answer["scores"])
    assert answer["exponentials"] == pytest.approx(np.exp(np.subtract(answer["scores"], answer["largest"])))
    assert max(answer["exponentials"]) == 1
    assert answer["sum"] == pytest.approx(sum(answer["exponentials"]))
    assert answer["probabilities"] == pytest.approx([each / answer["sum"] for each in answer["exponentials"]])
    assert sum(answer["probabilities"]) == pytest.approx(1)  # the background counts
    assert answer["probabilities"][:10] == pytest.approx(model.predict_proba(PICTURE)[0].tolist(), rel=1e-4)  # as above
    assert answer["gradient"] is None
    assert ("none of these" in answer["sentence"]) == model.background


def test_backward_begins_with_p_minus_1_for_the_label_and_p_for_the_others(client, model):
    answer = stage(client, backward="3")
    gradient = answer["gradient"]
    wanted = [p - (k == 3) for k, p in enumerate(answer["probabilities"][:10])]
    assert gradient["values"] == [pytest.approx(each, **EXACT) for each in wanted] + [None] * model.background
    assert gradient["formulas"][:10] == ["p − 1" if k == 3 else "p" for k in range(10)]
    assert gradient["label"] == "3"
    assert gradient["loss"] == ("SoftmaxCrossEntropy(background=True)" if model.background else "SoftmaxCrossEntropy()")
    assert "p − 1 for “3”" in gradient["sentence"]
    assert ("has no gradient" in gradient["sentence"]) == model.background


LOSS_DICTS = [
    {"type": "SoftmaxCrossEntropy", "label_smoothing": 0.2},
    {"type": "MulticlassSVM"},
    {"type": "MeanSquaredError"},
]


@pytest.mark.parametrize("described", LOSS_DICTS, ids=lambda described: described["type"])
def test_the_gradient_is_that_of_the_models_own_loss(client, model, described):
    smooth = described["type"] == "SoftmaxCrossEntropy"
    background = {"background": True} if smooth and model.background else {}
    model.about["recipe"] = {"loss": described | background}
    answer = stage(client, backward="3")
    loss = from_dict(described | background, LOSSES, "loss")
    gradient, dlogits = answer["gradient"], trace_backward(model, PICTURE, [3], loss).layers[-1].dy[:, 0]
    assert gradient["values"][:10] == dlogits.tolist()
    assert gradient["loss"] == repr(loss)
    if smooth:
        share = 0.2 / (10 + model.background)
        targets = [share + 0.8 * (k == 3) for k in range(10)]
        wanted = np.subtract(answer["probabilities"][:10], targets)
        assert gradient["values"][:10] == pytest.approx(wanted.tolist(), rel=1e-4, abs=1e-7)  # a difference in float32
        shown = [float(formula.removeprefix("p − ")) for formula in gradient["formulas"][:10]]
        assert shown == pytest.approx(targets, rel=0.005)  # written with three digits
        assert "label smoothing 0.2" in gradient["sentence"]
    else:
        assert gradient["formulas"] is None
        assert described["type"] in gradient["sentence"]
        assert "uses no softmax" in gradient["sentence"]


def test_it_quotes_the_softmax_and_the_loss_of_nn(client, model):
    source = stage(client)["source"]
    assert source["forward"]["text"].startswith("def softmax(")
    assert source["backward"]["file"] == "numnist/nn/losses.py"
    for quoted in source.values():
        assert stands_in_its_file(quoted["file"], quoted["line"], quoted["text"].split("\n"))


def test_the_worked_example_never_rounds_a_probability_to_1(client):
    answer = stage(client, model="digits")
    best = int(np.argmax(answer["scores"]))
    assert answer["with_numbers"].startswith(f"p[{answer['classes'][best]}] = exp(")
    assert float(answer["with_numbers"].rpartition("= ")[2]) == pytest.approx(answer["probabilities"][best], rel=1e-5)
    assert answer["probabilities"][best] < 1
    assert not answer["with_numbers"].endswith("= 1")


def test_scores_without_a_drawing_are_softened_too(client, model):
    assert sum(stage(client, BLANK)["probabilities"]) == pytest.approx(1)


def test_the_entry_of_a_model_with_background_that_names_no_loss_has_the_background_in_it(context, model):
    assert context.models.get("small").loss == SoftmaxCrossEntropy(background=model.background)
