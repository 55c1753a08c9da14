"""The softmax at the end of the network, in a real browser: every number in its table is computed again here."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import load_model
from numnist.interpret.trace import trace
from numnist.model.pretrained import pretrained_path
from tests.serve.drawings import digits_model, unpacked
from tests.serve.page.browser import FOUR, draw, settled
from tests.serve.page.test_network import CLOSE, numbers, ready


@pytest.fixture
def stage(open_page):
    """The softmax of a model for a drawn 4, and the model's logits for it."""

    def open_(name, model=None, **options):
        page, looks = open_page(**options), []
        page.select_option("#model", name)
        page.on("response", lambda response: looks.append(response) if "/api/look" in response.url else None)
        draw(page, FOUR)
        settled(page)
        page.locator("#network").scroll_into_view_if_needed()
        ready(page)
        page.locator("[id=block-tab-softmax]").click()
        model = model or load_model(pretrained_path(name))
        return page, trace(model, unpacked(looks[-1].json()["picture"])[None])[-1].output[0].astype(np.float64)

    return open_


def column(page, k):
    return page.locator(f"#network .softmax-steps tbody tr > :nth-child({k})").all_inner_texts()


def backward(page, label):
    page.get_by_role("switch", name="Backward").check()
    page.get_by_label("of the loss for the label").select_option(label)
    page.wait_for_function(
        "label => document.querySelector('#network .loss').textContent.includes(`for the label “${label}”`)", arg=label
    )


@pytest.mark.parametrize(("model", "none"), [("digits", ["none of these"]), ("lesson-0", [])])
def test_each_step_is_shown_for_each_class(stage, model, none):
    page, logits = stage(model)
    z = np.append(logits, [0] * len(none))
    powers = np.exp(z - z.max())
    assert [each.split("\n")[0] for each in column(page, 1)] == list("0123456789") + none
    for k, values in ((2, z), (3, z - z.max()), (4, powers)):
        assert [numbers(each)[0] for each in column(page, k)] == pytest.approx(values.tolist(), **CLOSE)
    shares = column(page, 5)
    best = int(np.argmax(powers))
    assert shares[best] == (
        ">99.99%" if powers[best] / powers.sum() > 0.99995 else f"{powers[best] / powers.sum():.2%}"
    )
    assert "<0.01%" in shares
    total = numbers(page.locator("#network .softmax-steps tfoot").inner_text())
    assert total[:2] == pytest.approx([z.max(), powers.sum()], **CLOSE)
    assert page.locator("#network .softmax-steps thead th").count() == 5
    assert "def softmax(" in page.locator("#network .softmax details[open] pre").inner_text()


def test_backward_shows_p_minus_1_for_the_label_and_p_for_the_others(stage):
    page, logits = stage("digits")
    backward(page, "9")
    z = np.append(logits, 0)
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    shown = column(page, 6)
    for k in range(10):
        formula, value = shown[k].split(" = ")
        assert formula == ("p − 1" if k == 9 else "p")
        assert numbers(value)[0] == pytest.approx(p[k] - (k == 9), **CLOSE)
    assert shown[10] == "fixed"
    assert "p − 1 for “9”" in page.locator("#network .softmax-backward").inner_text()
    assert "if self.background:" in page.locator("#network .softmax details[open] pre").inner_text()


def test_label_smoothing_is_named(stage, context):
    model = digits_model(seed=1)
    model.about["recipe"] = {"loss": {"type": "SoftmaxCrossEntropy", "label_smoothing": 0.1}}
    context.models.add("smooth", model, "kept")
    page, logits = stage("smooth", model)
    backward(page, "7")
    assert "label smoothing 0.1" in page.locator("#network .softmax-backward").inner_text()
    p = np.exp(logits) / np.exp(logits).sum()
    for k, shown in enumerate(column(page, 6)):
        formula, value = shown.split(" = ")
        assert formula == ("p − 0.91" if k == 7 else "p − 0.01")
        # the difference of a p that has 7 digits in float32, written with three
        assert numbers(value)[0] == pytest.approx(p[k] - (0.91 if k == 7 else 0.01), rel=0.006, abs=1e-6)


def test_on_a_phone_the_table_scrolls_by_itself(stage):
    page, _ = stage("digits", width=360)
    backward(page, "9")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.get_by_role("region", name="Softmax, step by step").is_visible()
