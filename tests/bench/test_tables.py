"""The tables of a made-up record."""

from __future__ import annotations

from numnist.bench.rounds import Spread
from numnist.bench.tables import footnote, heading, network_table, remarks, summary_table, times_text
from tests.bench.made_up import network, record


def rows(table) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in table.rows}


def test_a_network_has_a_row_for_each_backend_with_ratios_to_numnist():
    table = network_table(network(), record())
    assert table.heads[3] == "ms for 1,000 pictures"
    assert table.heads[5] == "s to first epoch"
    found = rows(table)
    assert found["numnist"] == ("2.00 (2.00 – 4.00)", "", "10.0", "", "0.50", "", "100", "20")
    # rounds of 3/2, 3/2 and 3/4
    assert found["pytorch"][:2] == ("3.00", "1.50 (0.75 – 1.50)")
    assert found["pytorch"][2:4] == ("30.0 (20.0 – 40.0)", "3.00 (2.00 – 4.00)")
    assert found["pytorch"][4:6] == ("3.00", "6.00")
    assert found["onnxruntime"] == ("", "", "5.00", "0.50", "", "", "", "")
    assert found["tensorflow"][6:] == ("", "")  # no memory is known


def test_several_numbers_of_threads_have_rows_of_their_own():
    table = network_table(network(threads=(1, 2)), record())
    assert [row[0] for row in table.rows][::5] == ["numnist, 1 thread", "numnist, 2 threads"]
    both = record(small=network(threads=(1, 2)))
    assert list(rows(summary_table(both))) == ["small, 1 thread", "small, 2 threads"]
    assert "1 or 2 threads each" in footnote(both)


def test_without_a_first_epoch_there_is_no_column_for_it():
    without = record(small=network(epoch_s={})) | {"epoch_pictures": 0}
    assert "s to first epoch" not in network_table(without["networks"]["small"], without).heads
    assert not [head for head in summary_table(without).heads if "epoch" in head]
    assert "epoch" not in footnote(without)


def test_the_summary_names_the_fastest_peer_with_default_settings():
    found = rows(summary_table(record(small=network())))["small"]
    assert found[0] == "1.50 (0.75 – 1.50)"
    assert found[1] == "1.10 (0.65 – 1.20) tensorflow"  # not the row whose malloc was changed
    assert found[3] == "0.50 onnxruntime"
    assert found[4:6] == ("6.00", "6.00 pytorch")
    assert found[6] == "3.00"  # 300 MB ÷ 100 MB
    assert found[7] == "25%"  # 0.1 Gflop in 2 ms are 50 of 200 Gflop/s


def test_numnist_alone_has_no_ratios():
    alone = network(training_ms={"numnist": [2.0]}, answering_ms={"numnist": [1.0]}, memory_mb={}, epoch_s={})
    assert rows(summary_table(record(small=alone)))["small"] == ("", "", "", "", "", "", "", "25%")
    assert len(network_table(alone, record()).rows) == 1


def test_who_was_left_out_or_failed_is_said():
    found = remarks(network(failed={"jax": "jax computes something else: its loss is 1"}))
    assert found == [
        "scikit-learn is left out: MLPClassifier has no Conv2d.",
        "jax computes something else: its loss is 1.",
    ]


def test_the_footnote_says_how_and_with_what():
    text = footnote(record())
    for part in (
        "3 rounds", "mnist", "2 threads each", "10,000 pictures", "once", "pytorch 2.13.0", "tensorflow 2.21.0",
        "NumPy",
    ):  # fmt: skip
        assert part in text
    assert "batch 128" in heading("mlp", network())


def test_times_have_three_digits():
    texts = [times_text(Spread(t, t, 2 * t)) for t in (1.234, 12.34, 123.4)]
    assert texts == ["1.23 (1.23 – 2.47)", "12.3 (12.3 – 24.7)", "123 (123 – 247)"]


def test_a_single_measurement_has_no_spread():
    assert times_text(Spread(1.234, 1.234, 1.234)) == "1.23"


def test_markdown_has_a_bar_for_every_column():
    lines = summary_table(record()).markdown().splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[1].startswith("| --- | ---: |")
