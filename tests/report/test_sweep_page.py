"""The page of a sweep: what it says of the best, of its certainty, and of what failed; and that it is one safe file."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from numnist.experiment.sweeps.record import sweep_record
from numnist.report.sweep.axes import Axis
from numnist.report.sweep.page import page, write_sweep_page


def trial(number, accuracy, state="complete", epochs=3, **choices):
    seed, done = choices.get("seed", 0), epochs if state == "complete" else 1
    history = [{"epoch": k + 1, "validation_accuracy": accuracy - 0.1 / (k + 1)} for k in range(done)]
    return {
        "name": f"trial-{number:04d}", "choices": choices, "state": state, "seed": seed, "epochs": done,
        "validation_accuracy": None if state == "failed" else accuracy,
        "test_accuracy": accuracy - 0.01 if state == "complete" else None, "train_seconds": 2.0 + seed,
        "run": f"runs/a b/trial-{number:04d}", "history": [] if state == "failed" else history,
    } | ({"error": "step 3: the loss is nan"} if state == "failed" else {})  # fmt: skip


def record(*trials, fields=("optimizer.learning_rate", "optimizer.type")):
    return sweep_record("quick", "mnist", fields, trials, logarithmic=[f for f in fields if f.endswith("_rate")])


def shown(html):
    """The text that a reader sees."""
    body = re.sub(r"<(script|style)>.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body))


SEEDS = [
    trial(k, accuracy, **{"optimizer.learning_rate": rate, "seed": seed})
    for k, (rate, seed, accuracy) in enumerate(
        [(0.1, 0, 0.90), (0.1, 1, 0.92), (0.1, 2, 0.94), (0.2, 0, 0.80), (0.2, 1, 0.90), (0.2, 2, 0.91)]
    )
]


def test_the_best_setting_has_its_interval_by_students_t():
    text = shown(page("sweep-1", record(*SEEDS, fields=("optimizer.learning_rate", "seed"))))
    # 0.92 ± t(2) · 0.02 / sqrt(3), with t(2) = 4.303: a table's value
    assert "92.00% ± 4.97 points, 3 seeds" in text
    assert "Their intervals overlap" in text
    assert "of the same setting, which was not chosen on it" in text


def test_one_seed_each_is_said_to_prove_nothing():
    trials = [trial(k, 0.9 + k / 100, **{"optimizer.learning_rate": 0.1 * (k + 1)}) for k in range(3)]
    text = shown(page("sweep-1", record(*trials)))
    assert "one run: its luck is unknown" in text
    assert "There is one run of each of the two, so nobody can say how sure that is" in text


def test_three_seeds_beside_one_are_not_called_one_each():
    text = shown(page("sweep-1", record(*SEEDS[:4], fields=("optimizer.learning_rate", "seed"))))
    assert "There is one run of the next best" in text
    assert "12.00 points behind" in text


def test_the_best_of_many_is_said_to_be_lucky_too():
    trials = [
        trial(10 * k + seed, 0.9 - k / 10 + seed / 1000, **{"optimizer.learning_rate": 0.1 + k, "seed": seed})
        for k in range(3) for seed in range(3)
    ]  # fmt: skip
    text = shown(page("sweep-1", record(*trials, fields=("optimizer.learning_rate", "seed"))))
    assert "Their intervals do not overlap; still, the best of 3 settings is in part the luckiest." in text


def test_a_setting_of_which_some_seeds_failed_comes_after_the_others_and_says_so():
    lucky = [trial(k, 0.99, "failed" if k else "complete", x=1, seed=k) for k in range(3)]
    sound = [trial(3 + k, 0.90, x=2, seed=k) for k in range(3)]
    text = shown(page("sweep-1", record(*lucky, *sound, fields=("x", "seed"))))
    assert "90.00%" in text.partition("Settings, best first")[0]
    assert "All other settings had failing runs." in text
    assert "1 complete, 2 failed" in text
    alone = shown(page("sweep-1", record(*lucky, fields=("x", "seed"))))
    assert "2 of its 3 runs failed: its mean is that of the others." in alone
    assert "1 complete run " in alone


def test_without_validation_pictures_settings_are_chosen_on_test_accuracy_and_it_is_said():
    trials = [trial(k, 0.8 + k / 10, x=k) | {"validation_accuracy": None} for k in range(2)]
    for each in trials:
        each["history"] = [epoch | {"validation_accuracy": None} for epoch in each["history"]]
    html = page("sweep-1", record(*trials, fields=("x",)))
    text = shown(html)
    assert "Test accuracy 89.00%" in text
    assert "so settings are chosen by their mean test accuracy. That flatters the best" in text
    assert "mean validation accuracy" not in text
    assert "Learning curves" not in text
    assert "trial-0001/config.toml" in text
    assert "Test accuracy of 2 trials against x" in html


def test_odd_records_have_a_page():
    parted = [trial(0, 0.9, a=1), trial(1, 0.8, a=2), trial(2, 0.7, b=1), trial(3, 0.6, b=2)]
    assert "Fields together" not in shown(page("s", record(*parted, fields=("a", "b"))))
    gap = trial(0, 0.9, a=1)
    gap["history"][0]["validation_accuracy"] = None
    assert "Learning curves" not in shown(page("s", record(gap, fields=("a",))))
    endless = [trial(0, 0.9, a=float("inf")), trial(1, 0.8, a=2.0), trial(2, 0.7, a=1.00001), trial(3, 0.7, a=1.00002)]
    assert "What each field does" in shown(page("s", record(*endless, fields=("a",))))


def test_failed_and_pruned_trials_are_named():
    trials = [
        trial(0, 0.9, **{"optimizer.learning_rate": 0.1, "optimizer.type": "SGD"}),
        trial(1, 0.5, "failed", **{"optimizer.learning_rate": 9.0, "optimizer.type": "Adam"}),
        trial(2, 0.4, "pruned", **{"optimizer.learning_rate": 0.2, "optimizer.type": "Adam"}),
    ]
    html = page("sweep-1", record(*trials))
    assert "3 trials of quick on mnist, 1 pruned, 1 failed." in shown(html)
    assert "step 3: the loss is nan" in shown(html)
    assert html.count('class="failed"') == html.count('class="ring"') - 1 == 2  # a chart for each field, and a curve


@pytest.mark.parametrize("trials", [[], [trial(0, 0.5, "failed", x=1)], [trial(0, 0.5, "running", x=1)]])
def test_a_sweep_without_a_complete_trial_has_a_page(trials):
    assert "No trial is complete." in shown(page("sweep-1", record(*trials, fields=("x",))))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attributes):
        self.found.add(tag)
        for name, value in attributes:
            assert not name.startswith("on")
            assert name not in ("href", "src") or value.startswith(("#", "data:"))


def test_names_and_values_of_users_are_text():
    evil = "<img src=x onerror=alert(1)>"
    html = page(evil, record(trial(0, 0.9, field=evil), trial(1, 0.8, field="b"), fields=("field",)))
    tags = Tags()
    tags.feed(html)
    assert "img" not in tags.found
    assert evil in shown(html).replace("&lt;", "<").replace("&gt;", ">")


def test_the_command_quotes_the_folder():
    assert "numnist train 'runs/a b/trial-0001/config.toml'" in shown(
        page("s", record(trial(0, 0.8, x=1), trial(1, 0.9, x=2), fields=("x",)))
    ).replace("&#x27;", "'")


def test_three_hundred_trials_stay_below_a_megabyte(tmp_path):
    names = [f"network.{k}.rate" for k in range(8)]
    trials = [trial(k, 0.9 + k / 1e4, epochs=20, **dict.fromkeys(names, 10 ** (-k / 100))) for k in range(300)]
    path = write_sweep_page(tmp_path, record(*trials, fields=names))
    assert path == tmp_path / "sweep.html"
    assert path.stat().st_size < 1_000_000


@pytest.mark.parametrize("values", [[1e-4, 1e-3, 1e-2, 1e-1], [1e-4, 0.09, 0.1], [32, 64, 128]])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_values_stand_in_their_order_along_an_axis(values, logarithmic):
    axis = Axis.of(values, logarithmic)
    assert axis.logarithmic is logarithmic
    places = [axis.place(value) for value in values]
    assert places == sorted(places)
    assert 0 < places[0] < places[-1] < 1
    assert all(0 <= place <= 1 for _, place in axis.ticks)


def test_what_has_no_place_on_a_logarithmic_axis_makes_it_one_of_words():
    assert Axis.of([0.0, 0.1], logarithmic=True).words == ("0", "0.1")


def test_words_stand_side_by_side():
    axis = Axis.of(["SGD", "Adam", "SGD"])
    assert axis.ticks == (("SGD", 0.25), ("Adam", 0.75))
