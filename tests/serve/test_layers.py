"""Inside: the page is sent what the library computes: outputs, gradients, blocks, single units."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import SoftmaxCrossEntropy
from numnist.ink.prepare import prepare
from numnist.interpret.blocks import blocks
from numnist.interpret.trace import trace, trace_backward
from tests.explain.quotations import stands_in_its_file
from tests.serve.drawings import BLANK, digits_model, drawn, png, unpacked

CANVAS, LABEL = drawn(1)
PICTURE = prepare(CANVAS, "digits", (1, 28, 28)).picture[None]


@pytest.fixture
def small(context):
    return context.models.add("small", digits_model(), "kept").model


def ask(client, address, content=None, **query):
    response = client.post(address, content=content or png(CANVAS), params={"model": "small"} | query)
    assert response.status_code == 200, response.text
    return response.json()


def test_every_layers_output_is_sent(client, small):
    answer = ask(client, "/api/inside")
    traced = trace(small, PICTURE)
    assert [layer["place"] for layer in answer["layers"]] == ["0", "1", "2", "3", "4"]
    assert [layer["kind"] for layer in answer["layers"]] == ["Conv2d", "ReLU", "MaxPool2d", "Flatten", "Dense"]
    for layer, step in zip(answer["layers"], traced, strict=True):
        assert (layer["title"], tuple(layer["shape"])) == (repr(step.layer), step.shape)
        assert np.array_equal(unpacked(layer["output"]), step.output[0])
        assert layer["gradient"] is None
    assert (answer["backward"], answer["loss"]) == (None, None)
    assert unpacked(answer["input"]).shape == (1, 28, 28)
    probs = small.predict_proba(PICTURE)[0]
    assert answer["label"] == str(probs.argmax())
    # the layers as written and as compiled sum in other orders: float32 has 7 digits, sums of 300 terms lose one or two
    assert answer["probability"] == pytest.approx(probs.max(), rel=1e-5)


def test_backward_sends_the_gradients_for_the_label(client, small):
    answer = ask(client, "/api/inside", backward="3")
    back = trace_backward(small, PICTURE, [3])
    assert answer["backward"] == "3"
    assert answer["loss"] == pytest.approx(back.loss)  # the same float32, which JSON writes in full: 1e-6 is ample
    for layer, passed in zip(answer["layers"], back.layers, strict=True):
        assert np.array_equal(unpacked(layer["output"]), passed.y[..., 0])
        assert np.array_equal(unpacked(layer["gradient"]), passed.dy[..., 0])


def test_the_loss_is_the_one_that_the_model_was_trained_with(client, small):
    small.about["recipe"] = {"loss": {"type": "SoftmaxCrossEntropy", "label_smoothing": 0.2}}
    loss, _ = SoftmaxCrossEntropy(label_smoothing=0.2)(small.logits(PICTURE).T, np.array([3]))
    # logits of the compiled network and of its layers differ in float32's last digits
    assert ask(client, "/api/inside", backward="3")["loss"] == pytest.approx(loss, rel=1e-5)
    small.about["recipe"] = {"loss": {"type": "MulticlassSVM"}}
    # another loss is another number, by far more than rounding
    assert ask(client, "/api/inside", backward="3")["loss"] != pytest.approx(loss, rel=1e-2)


def test_the_blocks_have_all_layers_and_a_sentence_each(client, small):
    answer = ask(client, "/api/inside")
    keys = [[words["key"] for words in block.pop("words")["sentence"]] for block in answer["blocks"]]
    assert keys == [["block.sentence"], ["block.sentence"]]
    assert answer["blocks"] == [
        {
            "name": "Convolution",
            "sentence": "4 filters each look at 5 × 5 pixels at a time, ReLU sets what is negative to 0, and max "
            "pooling keeps the largest of each 2 × 2: 4 maps of 12 × 12.",
            "places": ["0", "1", "2", "3"],
            "shown": "2",
        },
        {
            "name": "Scores",
            "sentence": "10 units each weigh all 576 numbers and add them up: one score for each class.",
            "places": ["4"],
            "shown": "4",
        },
    ]


@pytest.mark.parametrize("model", ["digits", "fashion", "lesson-0"])
def test_the_models_are_listed_with_the_number_of_their_blocks(client, context, model):
    listed = next(each for each in client.get("/api/models").json()["models"] if each["name"] == model)
    assert listed["blocks"] == len(ask(client, "/api/inside", model=model)["blocks"])
    assert listed["blocks"] == len(blocks(context.models.get(model).model.plan)) <= 8


def test_switched_off_steps_count_here_too(client, small):
    inputs = [unpacked(ask(client, "/api/inside", off=off)["input"]) for off in ("", "ink")]
    assert not np.array_equal(*inputs)


def test_a_blank_drawing_has_activations_but_no_answer(client, small):
    answer = ask(client, "/api/inside", BLANK, backward="1")
    assert (answer["label"], answer["probability"]) == (None, None)
    assert len(answer["layers"]) == 5


def test_the_ready_models_can_be_looked_into(client):
    for model, label in (("digits", "4"), ("fashion", "T-shirt/top")):
        answer = ask(client, "/api/inside", model=model, backward=label)
        assert answer["backward"] == label
        assert all(layer["gradient"]["shape"] == layer["output"]["shape"] for layer in answer["layers"])


def test_a_unit_shows_what_it_was_made_of(client, small):
    unit = ask(client, "/api/unit", place="0", index="2,5,7")
    back = trace_backward(small, PICTURE, [0])
    assert unit["value"] == back.layers[0].y[2, 5, 7, 0]
    # 25 products, summed in float32 in another order
    assert float((unpacked(unit["weights"]) * unpacked(unit["inputs"])).sum()) + unit["bias"] == pytest.approx(
        unit["value"], rel=1e-4, abs=1e-5
    )
    assert np.array_equal(unpacked(unit["weights"]), small.p[0].w[2])
    assert (unit["place"], unit["index"], unit["gradient"]) == ("0", [2, 5, 7], None)
    assert unit["title"] == "Conv2d: map 2, row 5, column 7"
    assert set(unit) == {
        "label", "probability", "place", "index", "title", "sentence", "words", "formula", "with_numbers", "value",
        "weights", "inputs", "bias", "numbers", "source", "gradient", "digit",
    }  # fmt: skip


def test_a_unit_quotes_the_lines_that_computed_it(client, small):
    source = ask(client, "/api/unit", place="4", index="3")["source"]
    assert source["forward"]["file"] == source["backward"]["file"] == "numnist/nn/dense.py"
    assert source["forward"]["text"].startswith("def forward(self")
    for way in ("forward", "backward"):
        assert stands_in_its_file(source[way]["file"], source[way]["line"], source[way]["text"].split("\n"))
    assert source["backward"]["line"] > source["forward"]["line"]


def test_a_units_gradient_is_that_of_the_label(client, small):
    unit = ask(client, "/api/unit", place="4", index="3", backward="3")
    probability = trace_backward(small, PICTURE, [3]).layers[-1].dy[3, 0] + 1
    assert unit["gradient"]["value"] == pytest.approx(probability - 1)  # p − 1 in float32, rounded once
    assert "“3”" in unit["gradient"]["sentence"]
    assert unpacked(unit["gradient"]["weights"]).shape == (4, 12, 12) == tuple(unit["weights"]["shape"])
    assert unit["title"] == "Dense: unit 3, the score of “3”"


def test_every_layer_of_the_ready_models_has_units(client):
    for model in ("digits", "fashion"):
        for layer in client.get(f"/api/model?model={model}").json()["layers"]:
            unit = ask(client, "/api/unit", model=model, place=layer["place"], index="1", backward=None)
            assert unit["with_numbers"]
            assert unit["source"]["forward"]["file"].startswith("numnist/nn/")


@pytest.mark.parametrize(
    ("address", "query", "code"),
    [
        ("/api/inside", {"backward": "eleven"}, "unknown_label"),
        ("/api/unit", {"place": "0", "index": "1,x"}, "bad_index"),
        ("/api/unit", {"place": "0", "index": ""}, "bad_index"),
        ("/api/unit", {"place": "0", "index": "-1"}, "bad_index"),
        ("/api/unit", {"place": "0", "index": "9" * 30}, "bad_index"),
        ("/api/unit", {"place": "0", "index": "99"}, "refused"),
        ("/api/unit", {"place": "7", "index": "0"}, "refused"),
        ("/api/unit", {"index": "0"}, "refused"),
    ],
)
def test_what_there_is_not_is_refused(client, small, address, query, code):
    response = client.post(address, content=png(CANVAS), params={"model": "small"} | query)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
