"""What a notebook shows: every object's HTML is well formed, escaped, without colours, and its repr is one line."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from numnist import Dataset, Dense, Flatten, Model, Sequential, evaluate, gradcheck, load_recipe
from numnist.support.notebook import MOST, facts, pictures, shown, table
from tests.small import dataset, pictures as bands, trained

EVIL = '<script>alert("1")</script>'
VOID = {"img", "br"}


class Parsed(HTMLParser):
    """The tags, text and attributes of a piece of HTML, which must be well formed."""

    def __init__(self, html: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.styles = ""
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.styles += dict(attrs).get("style") or ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def things():
    model, data = trained(), dataset()
    return {
        "model": model, "dataset": data, "split": data.test, "evaluation": evaluate(model, data.test),
        "recipe": load_recipe("quick"), "gradcheck": gradcheck(Dense(3), (4,)),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["model", "dataset", "split", "evaluation", "recipe", "gradcheck"])
def test_what_a_notebook_shows_suits_light_and_dark_themes(name):
    thing = things()[name]
    parsed = Parsed(thing._repr_html_())
    assert "color" not in parsed.styles, "the theme's own are legible"
    assert "background" not in parsed.styles
    assert "style" not in parsed.tags
    assert "script" not in parsed.tags
    assert "\n" not in repr(thing)


def test_it_shows_what_the_text_says():
    shown_ = {name: "".join(Parsed(thing._repr_html_()).texts) for name, thing in things().items()}
    found = things()
    assert "Dense(16)" in shown_["model"]
    assert "1,108 parameters" in shown_["model"]
    assert str(found["evaluation"]) in shown_["evaluation"]
    assert "band 3" in shown_["evaluation"]
    assert "band 3" in shown_["dataset"]
    assert "Adam" in shown_["recipe"]
    assert "batch_size" in shown_["recipe"]
    assert "Conv2d" in shown_["recipe"]
    assert "✓ ok" in shown_["gradcheck"]
    assert Parsed(found["dataset"]._repr_html_()).tags.count("img") == 4  # one of each class
    assert Parsed(found["split"]._repr_html_()).tags.count("img") == 12


def test_names_are_escaped():
    split = bands(40, 0)
    data = Dataset(EVIL, split, split, split, (EVIL, "b", "c", "d"), source=EVIL, notes=(EVIL,))
    model = Model(Sequential(Flatten(), Dense(4)), data)
    for thing in (data, model, evaluate(model, data.test)):
        parsed = Parsed(thing._repr_html_())
        assert "script" not in parsed.tags
        assert EVIL in "".join(parsed.texts)


def test_parts_are_escaped():
    for html in (
        shown(EVIL, EVIL), table((EVIL, "b"), [(EVIL, EVIL)]), facts({EVIL: EVIL}),
        pictures([(np.zeros((1, 4, 4), np.uint8), '"><script>')]),
    ):  # fmt: skip
        assert "script" not in Parsed(html).tags


def test_a_long_table_says_what_it_leaves_out():
    assert "and 1,000 more" in table(("n",), [(str(n),) for n in range(MOST + 1000)])
    assert "more" not in table(("n",), [("1",)] * MOST)


def test_features_have_no_pictures():
    rng = np.random.default_rng(0)
    data = Dataset.of(rng.normal(size=(60, 5)), np.arange(60) % 3, features=True)
    for thing in (data, data.train):
        assert "img" not in Parsed(thing._repr_html_()).tags
    assert "5 features" in data._repr_html_()


def test_a_wrong_gradient_is_marked_by_more_than_colour():
    class Wrong(Dense):
        def backward(self, p, g, dy, cache, want_dx=True):
            dx = super().backward(p, g, dy, cache, want_dx)
            g.w[...] *= 2
            return dx

    report = gradcheck(Wrong(3), (4,))
    text = "".join(Parsed(report._repr_html_()).texts)
    assert "✗ NOT OK" in text
    assert "✗ wrong" in text
