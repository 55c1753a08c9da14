"""Summary: what the table of a model says."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import Model
from numnist.model.summary import macs, rows
from tests.small import CONV, MLP, dataset


def test_a_small_models_table_reads_as_it_should():
    assert Model(MLP, dataset()).summary().splitlines() == [
        "   layer      shape of one sample  parameters  multiply-adds",
        "0  Flatten()  (1, 8, 8) -> (64,)",
        "1  Dense(16)  (64,) -> (16,)            1,040      1.02 kMAC",
        "2  ReLU()     (16,) -> (16,)",
        "3  Dense(4)   (16,) -> (4,)                68         64 MAC",
        "1,108 parameters, 1.09 kMAC a picture, 0.00 MB as float32",
    ]


def test_layers_inside_others_have_their_path_and_running_statistics_are_counted_apart():
    model = Model(CONV, dataset(), dtype=np.float64)
    places = [row.place for row in rows(model.plan)]
    assert places == ["0", "1", "2", "3.0.0", "3.0.1", "4", "5", "6", "7", "8", "9", "10"]
    assert sum(row.parameters for row in rows(model.plan)) == model.theta.size
    assert sum(row.macs for row in rows(model.plan)) == model.plan.total_macs
    last = model.summary().splitlines()[-1]
    assert last.startswith(f"{model.theta.size:,} parameters (24 of them running statistics), ")
    assert last.endswith(" as float64")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, ""),
        (7, "7 MAC"),
        (999, "999 MAC"),
        (1000, "1 kMAC"),
        (170_352, "170 kMAC"),
        (1_234_567, "1.23 MMAC"),
        (5 * 10**9, "5 GMAC"),
    ],
)
def test_multiply_adds_have_three_digits(number, text):
    assert macs(number) == text
