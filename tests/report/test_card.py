"""The model card: what it says is what was measured, its head is YAML as model hubs read it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import numnist
from numnist import Dataset, Model, ModelFileError, Recipe, UsageError, load_model
from numnist.experiment.run import Run
from numnist.model.pretrained import PRETRAINED
from numnist.report.card.card import card
from numnist.report.card.ready import EACH, KINDS, NOT_ALL
from numnist.report.card.yaml import yaml
from tests.small import MLP, dataset

RECIPE = Recipe("tiny", "a small one", "bands", MLP, epochs=2, batch_size=50)
WILD = "a|b <b> `x` [y](z) \"q\" \\ 'é' 数 \U0001f600 $ # ~ ---"  # as a class may be called
EVIL = "a|b <b>\n---\n`x` [y](z) \"q\" \\ 'é' 数 \x07 \U0001f600 $ # ~"


def finished(folder: Path, recipe: Recipe = RECIPE, data: Dataset | None = None) -> Path:
    run = Run.create(recipe, dataset() if data is None else data, folder)
    for _ in run.events(threads=1):
        pass
    run.evaluate(threads=1)
    return folder


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("runs") / "tiny-1")


def parsed(text: str) -> tuple[dict, str]:
    """The front matter as YAML, and what is behind it."""
    library = pytest.importorskip("yaml", reason="needs: pip install --group cards")
    head, body = re.fullmatch(r"---\n(.*?\n)---\n(.*)", text, re.DOTALL).groups()
    return library.safe_load(head), body


def test_the_head_has_what_was_measured(run_folder):
    head, body = parsed(card(run_folder, "apache-2.0"))
    result = json.loads((run_folder / "result.json").read_text())
    assert head["license"] == "apache-2.0"
    assert head["library_name"] == "numnist"
    test, validation = head["model-index"][0]["results"]
    assert head["model-index"][0]["name"] == "tiny-1"
    assert test["dataset"] == {"type": "bands", "name": "bands", "split": "test"}
    assert test["metrics"][0]["value"] == pytest.approx(result["test_accuracy"], abs=1e-6)  # six digits
    interval = test["metrics"][0]["args"]["confidence_interval_95"]
    assert interval == pytest.approx(result["confidence_interval"], abs=1e-6)
    assert validation["metrics"][0]["value"] == pytest.approx(result["validation_accuracy"], abs=1e-6)
    assert "datasets" not in head, "a hub has no bands"
    assert result["weights_sha256"] in body
    assert f"{100 * result['test_accuracy']:.2f}%" in body


def test_the_hub_reads_it_as_its_own(run_folder):
    hub = pytest.importorskip("huggingface_hub", reason="needs: pip install --group cards")
    for text in (card(run_folder), card("digits"), card("fashion")):
        data = hub.ModelCard(text).data
        assert data.library_name == "numnist"
        assert data.pipeline_tag == "image-classification"
        test = data.eval_results[0]
        assert test.metric_type == "accuracy"
        assert test.dataset_split == "test"
        low, high = test.metric_args["confidence_interval_95"]
        assert low < test.metric_value < high


def test_the_model_of_a_run_is_the_same_card_by_its_file(run_folder):
    assert card(run_folder / "model.safetensors") == card(run_folder)


@pytest.mark.parametrize("name", PRETRAINED)
def test_a_ready_model_has_its_data_licence_and_limits(name):
    text, about = card(name), load_model(name).about
    assert 'license: "mit"' in text
    assert {"digits": "CC BY-SA 3.0", "fashion": "licence: MIT"}[name] in text
    assert {"digits": '- "ylecun/mnist"', "fashion": '- "zalando-datasets/fashion_mnist"'}[name] in text
    assert f"above a probability of {about['sure']:g}" in text
    assert ("can answer **none of these**" in text) == (name == "digits")
    assert "rounded to float16" in text
    assert all(f"{kind} ({right} of {EACH})" in text for kind, right in NOT_ALL[name].items())
    assert f"numnist train {name} --dataset" in text


@pytest.mark.parametrize("name", PRETRAINED)
def test_the_figures_of_ready_models_are_those_of_the_docs(name):
    page = (Path(numnist.__file__).parents[1] / "docs" / "pictures.md").read_text("utf-8")
    rows = re.findall(rf"^\| `{name}` \| (.*?) \| (\d+) of {EACH} \|", page, re.MULTILINE)
    assert len(rows) == KINDS[name]
    assert {kind: int(right) for kind, right in rows if int(right) < EACH} == NOT_ALL[name]


def test_a_model_of_ones_own_has_no_figures_of_the_ready_one(tmp_path):
    """Nor its licence, whatever it is called."""
    text = card(finished(tmp_path / "digits", replace(RECIPE, name="digits")))
    assert "generated pictures" not in text
    assert 'license: "unknown"' in text
    assert "licence are not stated" in text
    assert "was not measured." in text


def test_names_are_only_names(tmp_path):
    data = dataset()
    data = Dataset(EVIL, data.train, data.validation, data.test, (WILD, "b", "c", "d"))
    text = card(
        finished(tmp_path / "run", replace(RECIPE, title=EVIL, dataset=f"/home/me/{EVIL.replace('/', '')}"), data)
    )
    head, body = parsed(text)
    assert head["model-index"][0]["results"][0]["dataset"]["name"] == EVIL
    assert "/home/me" not in text, "a path says something of the machine"
    assert "\n---\n" not in body
    outside = re.sub(r"```.*?```", "", body, flags=re.DOTALL)  # the command is quoted for the shell
    assert "<b>" not in outside.replace("\\<b\\>", "")
    assert "[y]" not in outside.replace("\\[y\\]", "")


def test_yaml_quotes_what_would_end_a_text():
    assert yaml({"a": 'x"y\\z', "b": ["\n\t\x07"]}) == 'a: "x\\"y\\\\z"\nb:\n- "\\n\\t\\x07"\n'


def test_yaml_keeps_every_text_and_number():
    library = pytest.importorskip("yaml", reason="needs: pip install --group cards")
    texts = [chr(k) for k in [*range(0x300), 0x2028, 0x2029, 0x85, 0xFEFF, 0xFFFE, 0x1F600, 0xE000]]
    texts += ["no", "1e-05", "2026-11-28", "null", "", " x ", "- a", "a: b", "#", "{}", EVIL]
    table = {
        "texts": texts, "empty": [], "none": {}, "deep": [{"a": [1, 2, [3, 4]], "b": {"c": [{"d": 0.5}]}}, "x"],
        "flag": True, "small": 0.00001, "whole": 7,
    }  # fmt: skip
    assert library.safe_load(yaml(table)) == table


def test_what_refuses_says_so(run_folder):
    """Without a background every picture has a class; without enough validation pictures nothing is sure."""
    text = card(run_folder)
    assert "It cannot answer “none of these”" in text
    assert load_model(run_folder).about["sure"] == 1.0
    assert "No answer of this model counts as **sure**" in text


def test_seeds_of_a_sweep_are_told(tmp_path):
    folders = [finished(tmp_path / f"seed-{seed}", replace(RECIPE, seed=seed)) for seed in range(3)]
    results = [json.loads((folder / "result.json").read_text()) for folder in folders]
    trials = [
        {"name": f"seed-{k}", "choices": {"seed": k}, "state": "complete", "seed": k, "history": []}
        | {name: each[name] for name in ("validation_accuracy", "test_accuracy", "train_seconds", "weights_sha256")}
        for k, each in enumerate(results)
    ]
    record = {"schema": "numnist.sweep/1", "objective": "validation_accuracy", "trials": trials}
    (tmp_path / "sweep.json").write_text(json.dumps(record))
    mean = np.mean([each["test_accuracy"] for each in results])
    assert f"Trained with 3 seeds, it reaches {100 * mean:.2f}% ± " in card(folders[1])


def test_what_has_no_result_has_no_card(tmp_path):
    run = Run.create(RECIPE, dataset(), tmp_path / "run")
    with pytest.raises(UsageError, match="numnist resume"):
        card(run.folder)
    Model(MLP, dataset()).save(tmp_path / "plain.safetensors")
    with pytest.raises(UsageError, match=r"does not say how it was trained.*digits, fashion"):
        card(tmp_path / "plain.safetensors")
    with pytest.raises(ModelFileError):
        card(tmp_path / "nothing")


def test_a_changed_network_is_repeated_from_its_config(tmp_path):
    assert "`config.toml` is that of its run folder" in card(finished(tmp_path / "run"))


def test_the_model_that_it_started_from_is_named(run_folder, tmp_path):
    run = Run.create(RECIPE, dataset(), tmp_path / "second", run_folder)
    for _ in run.events(threads=1):
        pass
    run.evaluate(threads=1)
    text = card(run.folder)
    assert "--from tiny-1\n" in text
    assert str(run_folder.parent) not in text
