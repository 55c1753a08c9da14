"""Pictures and charts in the terminal, in colour where it has it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from numnist.experiment.history import Curve
from numnist.report.figures import terminal
from tests.report.sample_figures import model, predictions
from tests.small import dataset


def printed(show, *values, width=80, **options):
    """What a function prints on a console of that width, line by line."""
    out = io.StringIO()
    show(Console(file=out, width=width, highlight=False, **options), *values)
    return out.getvalue().splitlines()


def test_a_picture_has_its_proportions_and_its_five_shades():
    ramp = np.repeat(np.linspace(0, 255, 40).astype(np.uint8)[None, None], 20, axis=1)  # (1, 20, 40)
    lines = [line.plain for line in terminal.picture_lines(ramp, coloured=False)]
    assert len(lines) == 5
    assert all(len(line) == terminal.WIDE for line in lines)
    assert "".join(dict.fromkeys(lines[0])) == terminal.SHADES


def test_in_colour_a_character_is_two_pixels():
    halves = np.zeros((1, 20, 20), np.float32)
    halves[:, ::2] = 1  # every other row
    line = terminal.picture_lines(halves, coloured=True)[0]
    assert line.plain == "▀" * terminal.WIDE
    assert {str(span.style) for span in line.spans} == {"rgb(255,255,255) on rgb(0,0,0)"}


def test_no_line_is_wider_than_the_terminal():
    shown = predictions(model(), dataset().test, 7)
    for width in (30, 80, 120):
        lines = printed(terminal.cards, shown, width=width)
        assert max(map(len, lines)) <= width
        assert sum(line.count("✓") + line.count("✗") for line in lines) == 7


def test_every_class_has_a_row_of_its_own_pictures():
    data = dataset()
    lines = printed(terminal.examples, data.train, data.classes)
    starts = [lines.index(name) for name in data.classes]
    for k, start in enumerate(starts):  # the band is the class
        fullest = max(range(10), key=lambda line: sum(map(lines[start + 1 + line].count, "▓█")))
        assert fullest * 4 // 10 == k


def test_a_chart_has_its_largest_value_on_top_and_its_smallest_below():
    lines = printed(terminal.chart, {"a": Curve.by_epoch([3.0, 2.0, 1.0]), "b": Curve.by_epoch([1.5])}, "loss")
    assert lines[0] == "loss"
    assert lines[1].startswith("        3 │●")
    assert lines[11].startswith("        1 │")
    assert lines[11].endswith("●")
    assert sum(line.count("●") for line in lines[1:12]) == 3
    assert "● a   ○ b" in lines


@pytest.mark.parametrize("values", [[0.5], [0.5, 0.5, 0.5], list(np.linspace(0, 1, 500))])
def test_charts_of_one_epoch_of_equal_values_and_of_many_epochs_fit(values):
    lines = printed(terminal.chart, {"a": Curve.by_epoch(values)}, "accuracy", True)
    assert max(map(len, lines)) <= 80
    assert f"epoch {len(values)}" in lines[13]
    assert "%" in lines[1]
