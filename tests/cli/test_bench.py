"""numnist bench: a real run of numnist alone, and messages about missing or wrong peers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from numnist.bench import compare, figure, peers
from tests.bench.made_up import network, record

TINY = ("bench", "mlp", "--peers", "none", "--rounds", 1, "--steps", 2, "--threads", 1, "--first-epoch", 128)


def test_numnist_alone_is_timed_on_strokes(numnist):
    done = numnist(*TINY, "--save", "figures.json")
    assert done.code == 0, done.err
    assert "strokes: 8,192 pictures" in done.err
    assert "784-256-128-10" in done.out
    saved = json.loads(Path("figures.json").read_text())
    mlp = saved["networks"]["mlp"]
    assert saved["data"] == "strokes"
    assert (mlp["batch"], mlp["steps"], mlp["parameters"]) == (128, 2, 235_146)
    assert len(mlp["losses"]["numnist"]) == 6
    assert (saved["format"], saved["threads"], list(mlp["runs"])) == (2, [1], ["1"])
    run = mlp["runs"]["1"]
    assert len(run["training_ms"]["numnist"]) == len(run["answering_ms"]["numnist"]) == 1
    assert run["epoch_s"]["numnist"][0] > 0
    assert run["peak_gflops"] > 0


@pytest.fixture
def made_up(monkeypatch):
    """Let the command get this record instead of measuring; returns a list to which it adds the settings."""

    def replace(found):
        asked = []
        monkeypatch.setattr(compare, "compare", lambda settings, data, report: asked.append(settings) or found)
        return asked

    return replace


def test_json_is_the_whole_record(numnist, made_up):
    made_up(record())
    done = numnist("bench", "--json", "--peers", "none")
    assert done.code == 0
    assert done.json["networks"]["mlp"]["runs"]["2"]["training_ms"]["pytorch"] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(
    ("arguments", "threads"),
    [([], [6]), (["--threads", 3], [3]), (["--threads", 4, 1], [1, 4]), (["--threads", "all"], [1, 2, 4, 6])],
)
def test_threads_are_all_cores_or_those_that_are_named(numnist, made_up, monkeypatch, arguments, threads):
    monkeypatch.setattr("numnist.support.workers.cores", lambda: 6)
    asked = made_up(record())
    assert numnist("bench", "--peers", "none", *arguments).code == 0
    assert asked[0].threads == threads


def test_the_first_epoch_may_be_left_out(numnist, made_up):
    asked = made_up(record())
    numnist("bench", "--peers", "none", "--first-epoch", 0)
    assert asked[0].epoch_pictures == 0


def test_a_peer_with_other_results_is_exit_code_1(numnist, made_up):
    made_up(record(mlp=network(failed={"pytorch": "pytorch computes something else: its loss is 1"})))
    done = numnist("bench", "--peers", "none")
    assert done.code == 1
    assert "pytorch computes something else" in done.err
    assert "pytorch computes something else" in done.out


def test_missing_peers_are_skipped_by_name(numnist, made_up, monkeypatch):
    monkeypatch.setattr(peers, "version", lambda package: None)
    made_up(record())
    done = numnist("bench", "--json")
    assert done.code == 0
    assert "jax: jax is not installed" in done.err
    assert "pytorch: torch is not installed" in done.err
    assert set(done.json["skipped"]) == set(peers.PEERS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["cnn29"], "cnn28"),
        (["--peers", "tensorflo"], "tensorflow"),
        (["--rounds", 0], "--rounds"),
        (["--steps", -1], "--steps"),
        (["--threads", 0], "--threads"),
        (["--threads", "some"], "--threads 1 2 4"),
        (["--first-epoch", 1000], "1024"),
        (["--figure", "figure.txt"], ".png"),
    ],
)
def test_what_makes_no_sense_is_refused_with_exit_code_2(numnist, made_up, arguments, says):
    made_up(record())
    done = numnist("bench", *arguments)
    assert done.code == 2
    assert says in done.err


def test_without_matplotlib_a_figure_is_refused_before_anything_is_measured(numnist, monkeypatch):
    monkeypatch.setattr(figure, "find_spec", lambda name: None)
    monkeypatch.setattr(compare, "compare", lambda *_: pytest.fail("measured in vain"))
    done = numnist("bench", "--figure", "figure.png")
    assert done.code == 2
    assert "matplotlib" in done.err
