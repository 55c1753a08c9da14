"""Theme: colours that everybody tells apart, and files and page parts that are the same every time."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from numnist import UsageError
from numnist.report.figures.theme import DARK, LIGHT, rules, save, svg
from tests.report.sample_figures import FIGURES

# Linear RGB as people with each kind of colour vision see it (Machado, Oliveira and Fernandes 2009, severity 1).
VISION = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_CONES = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005]]  # fmt: skip
TO_OKLAB = [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660]]  # fmt: skip


def linear(colour: str) -> np.ndarray:
    """A colour as amounts of light."""
    c = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def seen(colour: str, vision: str) -> np.ndarray:
    """Where a colour is for that eye in OKLab, where equal distances look equally far apart."""
    light = np.clip(np.array(VISION[vision]) @ linear(colour), 0, 1)
    return np.array(TO_OKLAB) @ np.cbrt(np.array(TO_CONES) @ light)


def contrast(a: str, b: str) -> float:
    """By WCAG 2: 1 to 21."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_any_two_series_are_told_apart_with_any_colour_vision(theme, vision):
    assert len(theme.series) >= 8
    nearest = min(np.linalg.norm(seen(a, vision) - seen(b, vision)) for a, b in combinations(theme.series, 2))
    assert nearest > 0.075  # the nearest pair of Okabe and Ito's eight, the usual palette, has 0.076


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_curves_stand_out_from_their_paper(theme):
    for name in ("ink", "faint", "good", "bad"):
        assert contrast(getattr(theme, name), theme.background) >= 4.5, name  # WCAG 2, small text
    for colour in theme.series:
        assert contrast(colour, theme.background) >= 3, colour  # WCAG 2, graphics


def test_colours_that_are_one_in_light_are_one_in_dark_so_that_a_page_may_swap_them():
    assert LIGHT.variables().keys() == DARK.variables().keys()
    pairs = list(zip(LIGHT.variables().values(), DARK.variables().values()))
    for (a, dark_a), (b, dark_b) in combinations(pairs, 2):
        assert (a == b) == (dark_a == dark_b)


@pytest.mark.parametrize("name", FIGURES)
def test_the_texts_of_an_svg_are_texts(name):
    root = ElementTree.fromstring(svg(FIGURES[name](LIGHT, 0)))
    assert "A title" in [e.text for e in root.iter() if e.tag.endswith("text")]


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_figure_gives_the_same_bytes(suffix):
    for name in ("a", "b"):
        save(FIGURES["cards"](LIGHT, 0), Path(name + suffix))
    assert Path("a" + suffix).read_bytes() == Path("b" + suffix).read_bytes()
    assert not re.search(rb"matplotlib v|dc:date|Software|20\d\d-\d\d", Path("a" + suffix).read_bytes())


def test_another_format_is_refused_before_anything_is_written():
    with pytest.raises(UsageError, match=r"\.png or \.svg"):
        save(FIGURES["network"](LIGHT, 0), Path("figure.jpeg"))
    assert not list(Path().iterdir())


def test_matplotlibs_own_settings_are_left_alone_and_change_nothing():
    import matplotlib

    before = svg(FIGURES["history"](LIGHT, 0))
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path", "axes.grid": True}):
        assert svg(FIGURES["history"](LIGHT, 0)) == before
        assert matplotlib.rcParams["font.size"] == 30
    with rules():
        assert matplotlib.rcParams["svg.fonttype"] == "none"
