"""The report's page: one file that needs nothing else, that anybody can read, and that no class name can break."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from numnist import Conv2d, Dense, Dropout, Flatten, MaxPool2d, Sequential
from numnist.experiment.run import Run
from numnist.nn.losses import MeanSquaredError, MulticlassSVM, SoftmaxCrossEntropy
from numnist.report.figures.theme import DARK, LIGHT
from numnist.report.page.contents import read_contents
from numnist.report.page.html import page, palette, write_report
from numnist.report.page.markup import EMPTY, Markup, join, tag
from numnist.support.thumbnails import LARGEST, thumbnail
from tests.report.sample_runs import FOLDER, blobs, made, without
from tests.small import dataset

EVIL = ("<script>alert(1)</script>", "\"quoted\" & 'more'", "</title></script><img src=x onerror=alert(2)>")


class Read(HTMLParser):
    """A page taken apart: elements as (name, attributes, place), with a complaint for any that is not closed."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[int, str] = {}  # the text in each element, by its place
        self.open: list[int] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, name, attributes):
        assert len(dict(attributes)) == len(attributes), f"{name} says something twice"
        self.elements.append((name, dict(attributes)))
        if name not in EMPTY:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, name):
        assert self.elements[self.open.pop()][0] == name

    def handle_data(self, text):
        for place in self.open:
            self.inside[place] = self.inside.get(place, "") + text

    def all(self, name: str) -> list[tuple[dict[str, str | None], str]]:
        """The attributes and the text of every such element."""
        return [(a, self.inside.get(k, "")) for k, (n, a) in enumerate(self.elements) if n == name]

    def json(self) -> dict:
        return json.loads(next(text for a, text in self.all("script") if a.get("id") == "cells"))


def report(data, **changes) -> tuple[str, Read]:
    """The report of a run on this data, as text and taken apart."""
    made(data, **changes)
    text = page(read_contents(FOLDER, data))
    return text, Read(text)


KINDS = {
    "two classes": (blobs(2, ("no", "yes")), {}),
    "letters": (blobs(26, tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")), {}),
    "a hundred classes": (blobs(100, tuple(f"a rather long name of a class, number {k}" for k in range(100))), {}),
    "colour": (blobs(3, shape=(3, 20, 16)), {}),
    "five channels": (blobs(3, shape=(5, 9, 9)), {}),
    "large pictures": (blobs(2, shape=(1, 150, 90)), {}),
    "evil names": (blobs(3, EVIL), {}),
    "no test pictures": (without(dataset(), "test"), {}),
    "only training pictures": (without(dataset(), "test", "validation"), {}),
    "no mistakes": (dataset(), {"epochs": 12}),
    "stopped": (dataset(), {"epochs": 9, "stop": 5}),
    "patience": (dataset(), {"epochs": 9, "patience": 2}),
    "every setting": (dataset(), {"l2": 1e-4, "clip_norm": 1.0, "average": 0.9, "size": (8, 8)}),
    "first weights that see no picture": (
        dataset(), {"network": Sequential(MaxPool2d(2), Conv2d(4, 3), Dropout(0.1), Flatten(), Dense(4))},
    ),
    "another loss": (dataset(), {"loss": MulticlassSVM(squared=True)}),
    "smoothed labels": (dataset(), {"loss": SoftmaxCrossEntropy(label_smoothing=0.1)}),
}  # fmt: skip


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def read(request):
    data, changes = request.param
    return report(data, **changes)[1]


def test_every_kind_of_run_has_a_page_in_order(read):
    names = [name for name, _ in read.elements]
    ids = [a["id"] for _, a in read.elements if "id" in a]
    assert len(ids) == len(set(ids))
    headings = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(headings)), "no level is left out"
    assert all(a.get("alt") is not None for a, _ in read.all("img"))
    assert all(a.get("scope") in ("row", "col") for a, _ in read.all("th"))
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(a.get("aria-label") or text.strip() for a, text in read.all("button"))
    assert {a["href"] for a, _ in read.all("a")} <= {f"#{name}" for name in ids}
    for _, attributes in read.elements:
        for reference in ("aria-labelledby", "aria-controls"):
            assert attributes.get(reference, ids[0]) in ids
        if attributes.get("role") in ("img", "region"):
            assert attributes.get("aria-label")


def test_no_page_needs_anything_but_itself(read):
    sources = [a[kind] for _, a in read.elements for kind in ("src", "srcset", "data", "action", "poster") if kind in a]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert not {"link", "iframe", "object", "base", "form"} & {name for name, _ in read.elements}
    style = "".join(text for _, text in read.all("style"))
    assert "url(" not in style
    assert "@import" not in style


def test_no_page_shows_a_number_that_is_none(read):
    text = "".join(text for a, text in read.all("main"))
    assert not re.search(r"\b(nan|inf|None|True|False)\b(?!\))", text.replace("bias=False", "")), text


def test_names_with_markup_in_them_stay_text():
    text, read = report(replace(blobs(3, EVIL), name="<blink>", source="<i>"), title="<u>bold</u>")
    for evil in (*EVIL, "<blink>", "<u>bold</u>", "<i>"):
        assert evil not in text
    assert read.json()["classes"] == list(EVIL)
    assert {a["id"] for a, _ in read.all("script") if "id" in a} == {"cells"}
    assert len(read.all("script")) == 2
    assert not any(name.startswith("on") for _, a in read.elements for name in a)
    assert any(EVIL[0] in text for _, text in read.all("th"))


def test_the_page_allows_its_own_script_and_nothing_else():
    _, read = report(dataset())
    policy = next(a["content"] for a, _ in read.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    script = next(text for a, text in read.all("script") if "type" not in a)
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" in policy


def test_the_confusion_matrix_is_a_table_whose_cells_have_their_pictures():
    data = blobs(5)
    _, read = report(data)
    confusion = read_contents(FOLDER, data).evaluation.confusion
    buttons = {a["data-cell"]: (a["aria-label"], text) for a, text in read.all("button") if "data-cell" in a}
    cells = read.json()["cells"]
    assert buttons.keys() == cells.keys()
    for key, (label, text) in buttons.items():
        truth, predicted = map(int, key.split("-"))
        assert int(text) == confusion[truth, predicted] == len(cells[key])
        assert label.startswith(
            f"class {truth} {'classified correctly' if truth == predicted else f'classified as class {predicted}'}"
        )
        for _, _, index in cells[key]:
            assert data.test.labels[index] == truth
    assert sum(int(text) for _, text in buttons.values()) == len(data.test)


def test_examples_are_training_pictures_of_their_class():
    data = blobs(26)
    text, _ = report(data)
    rows = re.findall("<li>(.*?)</li>", text[text.index('<ul class="examples">') :].split("</ul>")[0])
    assert len(rows) == 26
    for k, row in enumerate(rows):
        assert f"<b>class {k}</b>" in row
        assert ">8<" in row
        of_class = data.train.x[data.train.labels == k]
        assert re.findall('src="(.*?)"', row) == [thumbnail(x) for x in of_class]  # all 8, of 12 that would fit


def test_the_page_says_how_to_run_it_again():
    _, read = report(dataset())
    code = [text for _, text in read.all("code")]
    assert "numnist train runs/small/config.toml" in code
    assert any("[environment]" in text for text in code)
    main = read.all("main")[0][1]
    for fact in (dataset().sha256, read_contents(FOLDER, dataset()).model.weights_sha256, "drawn by a test"):
        assert fact in main


@pytest.mark.parametrize(
    ("data", "changes", "words"),
    [
        (dataset(), {"epochs": 12}, "There are none: all 30 test pictures are classified correctly."),
        (dataset(), {"epochs": 9, "stop": 5}, "1 of 9 epochs are done"),
        (without(dataset(), "test"), {}, "There are no test pictures"),
        (without(dataset(), "test", "validation"), {}, "the accuracy on unseen pictures is unknown"),
        (dataset(), {"loss": MeanSquaredError()}, "whose scores are not meant as probabilities"),
        (dataset(), {"epochs": 30, "patience": 2}, "the best on validation pictures"),
    ],
)
def test_what_is_special_about_a_run_is_said(data, changes, words):
    _, read = report(data, **changes)
    assert words in read.all("body")[0][1]


def test_a_resumed_run_says_with_what():
    made(dataset(), stop=3, epochs=2)
    run = Run.open(FOLDER, dataset())
    list(run.events())
    run.evaluate()
    assert "Resumed with" in Read(page(read_contents(FOLDER, dataset()))).all("main")[0][1]


def test_the_largest_page_is_below_one_and_a_half_megabytes():
    data = blobs(100, shape=(1, 28, 28))
    x = np.random.default_rng(0).integers(0, 256, (2000, 1, 28, 28), dtype=np.uint8)  # nothing to compress
    data = replace(data, test=replace(data.test, x=x, labels=np.arange(2000) % 100))
    text, _ = report(data)
    assert len(text.encode()) < 1.5e6


def test_a_report_is_written_whole_without_matplotlib():
    made(dataset())
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
from numnist.report.page.html import write_report
from tests.small import dataset
print(write_report(Path({str(FOLDER)!r}), dataset()), "matplotlib" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["runs/small/report.html", "False"], done.stderr
    assert Path("runs/small/report.html").read_text("utf-8").endswith("</html>\n")


def test_the_same_run_has_the_same_page_but_for_the_times():
    made(dataset())
    pages = [write_report(FOLDER, dataset(), threads).read_text("utf-8") for threads in (1, 2)]
    first, second = (re.sub(r'<section id="time".*?</section>', "", page) for page in pages)
    assert first == second


def test_every_colour_of_the_style_is_in_the_palette():
    text, _ = report(blobs(3))
    defined = set(re.findall(r"(--[\w-]+):", text))
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= defined
    assert palette().count("--background:") == 3  # light, dark by choice, dark by the system


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """As WCAG 2.2 defines it."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def mixed(a: str, b: str, share: float) -> str:
    """color-mix(in srgb, a share, b)"""
    pairs = ((int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * x + (1 - share) * y):02x}" for x, y in pairs)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_can_be_read_against_what_is_behind_it(theme):
    shades = [mixed(theme.accent, theme.panel, 0.42), mixed(theme.bad, theme.panel, 0.48)]  # page.css, .confusion
    for behind in (theme.background, theme.panel, *shades):
        assert contrast(theme.ink, behind) >= 4.5
    for text in (theme.faint, theme.accent, theme.positive, theme.negative):
        assert contrast(text, theme.background) >= 4.5


def test_text_is_escaped_and_markup_is_not():
    assert tag("p", "<", Markup("<b>"), 3, None, class_='a"b') == '<p class="a&quot;b">&lt;<b>3</p>'
    assert tag("input", hidden=True, title=None, data_cell="1-2") == '<input hidden data-cell="1-2"></input>'
    assert tag("img", alt="") == '<img alt="">'
    assert isinstance(join(["&"]), Markup)


def pixels(address: str) -> np.ndarray:
    from base64 import b64decode
    from io import BytesIO

    from PIL import Image

    return np.asarray(Image.open(BytesIO(b64decode(address.removeprefix("data:image/png;base64,")))))


def test_a_thumbnail_is_the_picture():
    rng = np.random.default_rng(0)
    grey, colour = rng.integers(0, 256, (1, 9, 7), np.uint8), rng.integers(0, 256, (3, 9, 7), np.uint8)
    assert np.array_equal(pixels(thumbnail(grey)), grey[0])
    assert np.array_equal(pixels(thumbnail(colour)), np.moveaxis(colour, 0, 2))
    assert np.array_equal(pixels(thumbnail((grey / 255).astype(np.float32))), grey[0])
    assert pixels(thumbnail(np.zeros((1, 300, 150), np.uint8))).shape == (LARGEST, LARGEST // 2)


def test_the_curves_show_the_batches_the_running_mean_and_rings_for_validation():
    made(dataset(), epochs=3)
    page = write_report(FOLDER, dataset()).read_text("utf-8")
    section = page[page.index('id="curves"') : page.index('id="confusion"') if 'id="confusion"' in page else None]
    assert section.count("<polygon") == 2, "in the loss and in the accuracy"
    assert section.count("<circle") == 2 * 3
    assert "validation, epoch 3: " in section
    assert "the batches faintly, and their running mean" in section
    assert "Training accuracy is of the 100 pictures of an epoch" in section
    (FOLDER / "steps.jsonl").unlink()
    old = write_report(FOLDER, dataset()).read_text("utf-8")
    assert "<polygon" not in old
    assert "mean over the epoch" in old
