"""The page of a sweep: what it says of the best, of its certainty, and of what failed; and that it is one safe file."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from numnist.report.sweep.axes import Axis
from numnist.report.sweep.page import page, write_sweep_page
from tests.report.sample_sweeps import record, search, trial


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
    counts = [html.count(f'class="{mark}"') for mark in ("dot", "ring", "failed")]
    assert counts == [3, 3, 2], "in a chart for each field, and at the end of a curve; the failed one has none"


def test_a_curve_of_one_epoch_ends_with_the_mark_of_its_trial():
    """As in the other charts: a complete trial is no ring."""
    html = page("s", record(trial(0, 0.9, epochs=1, x=1), trial(1, 0.8, epochs=1, x=2), fields=("x",)))
    assert 'class="ring"' not in html
    curves = html.partition('id="curves"')[2]
    assert curves.count('class="dot"') == 2


@pytest.mark.parametrize(
    "values", [(0.0, 1e300), (0, 10**300), [f"a-very-long-word-{n}" for n in range(30)], (0.00011, 0.00012)]
)
def test_labels_of_an_axis_do_not_touch(values):
    trials = [trial(n, 0.9, x=value, y=value) for n, value in enumerate(values)]
    html = page("s", record(*trials, fields=("x", "y")))
    chart = html.partition("against x")[2].partition("</svg>")[0]
    row = [(float(x), len(label)) for x, label in re.findall(r'<text x="([\d.]+)" y="230" [^>]*>([^<]*)', chart)]
    assert row
    for (x, letters), (after, more) in pairwise(row):
        assert after - x > 6.0 * (letters + more) / 2, "a letter is about half as wide as the text is high, 12"
    lines = html.partition("as lines through")[2].partition("</svg>")[0]
    heights = [float(y) for y in re.findall(r'<text x="64" y="([\d.]+)"', lines)]
    assert all(before - y >= 12 for before, y in pairwise(heights))


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
    """Of 8 fields, each value another one of four digits, and 20 epochs."""
    names = (
        "optimizer.learning_rate", "optimizer.momentum", "network.0.filters", "network.5.rate", "batch_size",
        "augmentation.rotation", "schedule.warm_up", "weight_decay",
    )  # fmt: skip
    trials = []
    for k in range(300):
        choices = {name: 1.2345 * 10 ** (-4 + 3 * ((k + n) * 0.618 % 1)) for n, name in enumerate(names)}
        trials.append(trial(k, 0.98 + k / 1e5, epochs=20, **choices))
    path = write_sweep_page(tmp_path, record(*trials, fields=names))
    assert path == tmp_path / "sweep.html"
    html = path.read_text("utf-8")
    assert len(set(re.findall(r'data-trial="(\d+)"', html))) == 300
    assert html.count("data-trial=") == 300 * (8 + 1 + 1)  # in a chart for each field, as a line, and as a curve
    assert path.stat().st_size < 1_000_000


def test_what_the_script_says_of_a_trial_is_there_once():
    trials = [
        trial(0, 0.9, a=1, b="<b>"),
        trial(1, 0.1, "pruned", a=2),
        trial(2, 0.1, "failed", a=3),
        trial(3, 0.1, "running"),
    ]
    html = page("s", record(*trials, fields=("a", "b")))
    (text,) = re.findall(r'<script type="application/json" id="trials">(.*?)</script>', html)
    assert json.loads(text) == {
        "quantity": "Validation accuracy",
        "fields": ["a", "b"],
        "trials": {
            "0": ["trial-0000", "90.00%", "1", "<b>"],
            "1": ["trial-0001", "10.00%, pruned", "2", None],
            "2": ["trial-0002", "failed", "3", None],
        },
    }


def test_a_search_with_good_and_bad_trials_shows_them_by_error_and_says_so():
    text = shown(page("s", search()))
    assert text.count("90% is as far from 99% as 99% from 99.9%") == 3  # below each kind of chart
    assert "infinitely far" not in text
    even = record(*(trial(k, 0.5 + k / 20, x=k) for k in range(8)), fields=("x",))
    assert "as far from" not in shown(page("s", even))


def test_a_trial_at_100_percent_stands_apart_and_it_is_said():
    perfect = search()
    perfect["trials"][1]["validation_accuracy"] = 1.0
    html = page("s", perfect)
    assert "100% is infinitely far, so it stands alone above the dashed line" in shown(html)
    assert html.count('class="apart"') == 4 + 1  # in a chart for each field and on the axis of the lines


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
