"""numnist train and resume: output, files and exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from numnist import DataError, UsageError, load_model, load_recipe
from numnist.cli.shared import data as find_data
from numnist.data.strokes import drawing as strokes
from numnist.data.strokes.drawing import draw
from numnist.experiment import recipe as recipe_module
from numnist.nn import Dense
from numnist.support.locks import locked

SMALL = ("--batch-size", 32, "--epochs", 2)
KEYS = {
    "schema", "run", "model", "dataset", "recipe", "parameters", "epochs", "train_seconds", "training_accuracy",
    "training_accuracy_running", "training_accuracy_pictures", "validation_accuracy",
    "test_accuracy", "confidence_interval", "seed", "lanes", "weights_sha256", "report",
}  # fmt: skip


def test_result_goes_to_stdout_and_everything_else_to_stderr(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL)
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == ["Test", "Model", "Report"]
    assert "95% confidence" in done.out
    for word in ("Data", "Recipe", "Run", "Next"):
        assert word in done.err


def test_progress_is_one_plain_line_an_epoch_without_a_terminal(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL)
    lines = [line for line in done.err.splitlines() if line.startswith("epoch")]
    assert len(lines) == 2
    assert "loss" in lines[0]
    assert "training" in lines[0]
    assert "validation" in lines[0]
    assert lines[0].endswith("left")
    assert "\x1b" not in done.err, "no colours where there is no terminal"


def test_json_has_the_documented_keys(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--json")
    assert done.json.keys() == KEYS
    assert done.json == json.loads(Path("runs/mlp-quick-1/result.json").read_text())


def test_no_report_is_written_where_none_is_wanted(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--no-report", "--json")
    assert done.json.keys() == KEYS - {"report"}
    assert not Path("runs/mlp-quick-1/report.html").exists()
    assert Path("runs/mlp-quick-1/result.json").exists()


def test_runs_get_the_next_free_number(numnist, digits):
    for number in (1, 2):
        done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--json")
        assert done.json["run"] == str(Path("runs") / f"mlp-quick-{number}")


def test_options_override_the_recipe_and_stand_in_the_config(numnist, digits):
    done = numnist(
        "train", "mlp-quick", "--dataset", digits, *SMALL, "--optimizer", "momentum", "--learning-rate", 0.05,
        "--schedule", "cosine-decay", "--loss", "multiclass-svm", "--l2", 0.001, "--augment", "shift=0.1", "flip",
        "--seed", 3, "--lanes", 3, "--validation", 50, "--run", "mine",
    )  # fmt: skip
    assert done.code == 0, done.err
    config = Path("mine/config.toml").read_text()
    for line in ('type = "Momentum"', "learning_rate = 0.05", 'type = "CosineDecay"', 'type = "MulticlassSVM"',
                 "l2 = 0.001", "shift = 0.1", "flip = true", "seed = 3", "lanes = 3", "validation = 50"):  # fmt: skip
        assert line in config


def test_threads_do_not_change_a_bit(numnist, digits):
    hashes = {
        numnist("train", "quick", "--dataset", digits, *SMALL, "--threads", n, "--json").json["weights_sha256"]
        for n in (1, 2, 4)
    }
    assert len(hashes) == 1


def test_resume_with_more_epochs_equals_the_longer_run(numnist, digits):
    options = ("--dataset", digits, "--batch-size", 32, "--schedule", "constant", "--json")
    straight = numnist("train", "mlp-quick", *options, "--epochs", 4).json
    numnist("train", "mlp-quick", *options, "--epochs", 2, "--run", "half")
    resumed = numnist("resume", "half", "--epochs", 4, "--json").json
    assert resumed["weights_sha256"] == straight["weights_sha256"]
    assert resumed["epochs"] == 4


def test_resume_says_when_the_schedule_makes_a_longer_run_another_run(numnist, trained):
    assert "OneCycle() depends on the number of epochs" in numnist("resume", trained, "--epochs", 4).err


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def test_resume_with_a_wrong_argument_changes_nothing(numnist, trained):
    before = contents(trained)
    for wrong in (("--threads", 0), ("--threads", -2), ("--epochs", 0)):
        done = numnist("resume", trained, *wrong)
        assert done.code == 2
        assert wrong[0].removeprefix("--") in done.err
        assert contents(trained) == before


def test_resume_refuses_fewer_epochs_than_are_done_and_changes_nothing(numnist, trained):
    before = contents(trained)
    done = numnist("resume", trained, "--epochs", 1)
    assert done.code == 2
    assert done.err.startswith("error: trained has 3 epochs already"), "no note before it"
    assert contents(trained) == before


def test_training_from_a_model_starts_with_its_weights(numnist, digits, trained):
    options = ("--dataset", digits, "--epochs", 1, "--learning-rate", 0, "--json")
    before = json.loads(Path(trained, "result.json").read_text())
    for recipe in (["mlp-quick"], []):  # without a name the recipe is the model's own
        again = numnist("train", *recipe, *options, "--from", trained).json
        assert again["weights_sha256"] == before["weights_sha256"]
        assert again["recipe"] == "mlp-quick"


def test_interrupting_saves_and_resuming_gives_the_bits_of_a_run_never_stopped(numnist, digits):
    options = ("mlp-quick", "--dataset", digits, "--batch-size", 8, "--epochs", 200, "--schedule", "constant")
    process = subprocess.Popen(
        [sys.executable, "-m", "numnist", "train", *map(str, options), "--run", "stopped"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith("epoch 1/"))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "numnist resume stopped" in err
    assert not Path("stopped/lock").exists()
    done = len(Path("stopped/metrics.jsonl").read_text().splitlines())
    resumed = numnist("resume", "stopped", "--epochs", done + 1, "--json")
    assert resumed.code == 0, resumed.err
    straight = numnist("train", *options[:5], "--epochs", done + 1, "--schedule", "constant", "--json").json
    assert resumed.json["weights_sha256"] == straight["weights_sha256"]


def test_without_mnist_it_says_so_and_goes_on_with_strokes(numnist, monkeypatch):
    few = strokes.load_strokes(train=200, validation=50, test=50)
    monkeypatch.setattr(strokes, "load_strokes", lambda **sizes: few)
    done = numnist("train", "mlp-quick", *SMALL, "--json")
    assert done.code == 0, done.err
    assert done.json["dataset"] == "strokes"
    assert "mnist is unavailable" in done.err
    assert "strokes" in done.err


def test_an_argument_that_does_not_fit_mnist_is_no_reason_for_strokes(numnist, monkeypatch):
    def fail(*_, **__):
        raise UsageError("planted: too many")

    monkeypatch.setattr(recipe_module, "load", fail)
    done = numnist("train", "mlp-quick", "--validation", 60_000)
    assert done.code == 2
    assert "planted: too many" in done.err
    assert "strokes" not in done.err


def test_broken_files_of_mnist_are_no_reason_for_strokes(numnist, monkeypatch):
    def fail(*_, **__):
        raise DataError("planted: broken")

    monkeypatch.setattr(recipe_module, "load", fail)
    done = numnist("train", "mlp-quick")
    assert done.code == 3
    assert "strokes" not in done.err


def test_insisting_on_mnist_that_cannot_be_had_is_exit_code_3(numnist):
    done = numnist("train", "--dataset", "mnist")
    assert done.code == 3
    for tried in ("./data", "the cache", "offline"):
        assert tried in done.err
    assert "numnist data import" in done.err


def test_a_recipe_ends_in_as_many_classes_as_the_data_has(numnist):
    for name, level in (("dark", 50), ("light", 200)):
        Path("pictures", name).mkdir(parents=True)
        for i in range(20):
            Image.new("L", (28, 28), level + i).save(Path("pictures", name, f"{i}.png"))
    done = numnist("train", "--dataset", "pictures", "--epochs", 5, "--batch-size", 4, "--json")
    assert done.code == 0, done.err
    assert done.json["test_accuracy"] == 1.0
    Image.new("L", (90, 60), 210).save("new.png")
    prediction = numnist("predict", "new.png", "--model", done.json["run"], "--json").json[0]
    assert prediction["label"] == "light"


def test_own_data_with_any_classes_sizes_and_colours_is_trained_on(numnist):
    rng = np.random.default_rng(0)
    x, labels = rng.integers(0, 256, (90, 3, 12, 9), np.uint8), np.arange(90) % 3
    np.savez("mine.npz", x=x.transpose(0, 2, 3, 1), y=labels)
    layers = ['"Conv2d", filters = 4, kernel = 3', '"ReLU"', '"Flatten"', '"Dense", units = 3']
    network = ", ".join(f"{{type = {layer}}}" for layer in layers)
    Path("mine.toml").write_text(f'title = "mine"\ndataset = "mine.npz"\nbatch_size = 16\nnetwork = [{network}]\n')
    done = numnist("train", "mine.toml", "--json")
    assert done.code == 0, done.err
    assert done.json["parameters"] == 4 * 27 + 4 + 4 * 10 * 7 * 3 + 3


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "quik"], 2, "did you mean 'quick'"),
        (["train", "--optimizer", "adm"], 2, "did you mean 'Adam'"),
        (["train", "--schedule", "x"], 2, "unknown schedule"),
        (["train", "--loss", "x"], 2, "unknown loss"),
        (["train", "--augment", "rotaton=3"], 2, "did you mean 'rotation'"),
        (["train", "--augment", "rotation=x"], 2, "not a number"),
        (["train", "--augment", "flip=3"], 2, "flip=3"),
        (["train", "--overfit", "0"], 2, "--overfit"),
        (["train", "--overfit", "99999999"], 2, "has only 250 training pictures, so 99,999,999 cannot be taken"),
        (["train", "--pictures", "251"], 2, "has only 250 training pictures"),
        (["train", "--validation", "300"], 2, "--validation"),
        (["train", "--threads", "0"], 2, "--threads"),
        (["train", "mlp-quick", "--patience", "2", "--validation", "0"], 2, "patience needs validation pictures"),
        (["sweep", "--jobs", "0"], 2, "--jobs"),
        (["train", "--augment", "flip="], 2, "flip="),
        (["train", "--augment"], 2, "--augment: transform how?"),
        (["train", "--epochs", "x"], 2, "--epochs"),
        (["train", "--epochs", "1.6"], 2, "--epochs 1.6 makes no sense: give a whole number"),
        (["train", "--batch-size", "3.0"], 2, "--batch-size 3.0"),
        (["train", "--size", "28", "27.5"], 2, "--size 28x27.5 makes no sense"),
        (["show", "data", "--each", "2.5"], 2, "--each 2.5"),
        (["evaluate", "digits", "--threads", "1.5"], 2, "--threads 1.5"),
        (["lesson", "1.5"], 2, "1.5 makes no sense"),
        (["train", "--epocs", "3"], 2, "--epocs"),
        (["train", "--epochs", "0"], 2, "epochs"),
        (["train", "--batch-size", "-1"], 2, "--batch-size is -1"),
        (["train", "nowhere.toml"], 2, "nowhere.toml"),
        (["train", "--dataset", "nowhere"], 3, "nowhere"),
        (["train", "--from", "nowhere"], 4, "nowhere"),
        (["resume", "nowhere"], 4, "no run folder"),
        (["evaluate", "nowhere"], 4, "nowhere"),
        (["predict", "nowhere.png", "--model", "nowhere"], 4, "nowhere"),
        (["predict"], 2, "which pictures"),
        (["summary", "nowhere"], 2, "there is no recipe"),
        (["summary", "nowhere"], 2, "A model file or a run folder will do too"),
        (["gradcheck", "nowhere"], 2, "A model file or a run folder will do too"),
        (["predict", "x.png", "--model", "fashon"], 4, "did you mean 'fashion'"),
        (["evaluate", "."], 4, ".: this folder holds no model"),
        (["resume", "."], 4, ". is no run folder (it has no config.toml): give"),
        (["resume", __file__], 4, "test_train.py is no run folder (it has no config.toml): give"),
        (["report", __file__], 4, "test_train.py is no run folder (it has no config.toml): give"),
        (["trian"], 2, "train"),
    ],
)
def test_errors_are_one_paragraph_with_their_exit_code(numnist, digits, arguments, code, words):
    data = ["--dataset", str(digits)] if arguments[0] == "train" and "--dataset" not in arguments else []
    done = numnist(*arguments, *data)
    assert done.code == code, done.err
    assert words in done.err
    assert done.out == ""
    assert not Path("runs").exists(), "no run was begun"
    last = done.err[done.err.index("error: ") :]
    assert len(last.strip().splitlines()) == 1
    assert "Traceback" not in done.err


def test_a_mistake_of_ours_is_one_paragraph_too(numnist, digits, monkeypatch):
    def fail(*_):
        raise RuntimeError("planted")

    monkeypatch.setattr(Dense, "forward", fail)
    done = numnist("train", "mlp-quick", "--dataset", digits)
    assert done.code == 1
    assert "RuntimeError: planted" in done.err
    assert "--debug" in done.err
    done = numnist("train", "mlp-quick", "--dataset", digits, "--debug")
    assert done.code == 1
    assert "Traceback" in done.err


def test_debug_shows_the_traceback_and_keeps_the_exit_code(numnist):
    for arguments, code in ((("--debug", "train", "quik"), 2), (("resume", "nowhere", "--debug"), 4)):
        done = numnist(*arguments)
        assert done.code == code, "that of the same command without --debug"
        assert "Traceback" in done.err
        assert "error: " in done.err


def test_an_existing_run_folder_is_not_written_over(numnist, digits, trained):
    done = numnist("train", "mlp-quick", "--dataset", digits, "--run", trained)
    assert done.code == 2
    assert "numnist resume trained" in done.err


def test_a_run_that_diverges_stops_with_the_last_good_checkpoint(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--run", "good", "--learning-rate", 1e30)
    assert done.code == 1
    assert "step" in done.err
    assert "layer" in done.err
    assert "The last good checkpoint is good/last.safetensors" in done.err
    assert np.isfinite(load_model("good").theta).all()


def test_a_hundred_digits_can_be_overfitted(numnist):
    x, labels = draw(120, seed=1)
    np.savez("few.npz", x_train=x[:100], y_train=labels[:100], x_test=x[:100], y_test=labels[:100])
    done = numnist(
        "train", "quick", "--dataset", "few.npz", "--validation", 0, "--epochs", 12, "--batch-size", 20, "--json"
    )
    assert done.json["test_accuracy"] == 1.0, "the test pictures are the training pictures"


def test_any_field_of_the_recipe_can_be_set(numnist, digits):
    done = numnist(
        "train", "mlp-quick", "--dataset", digits, *SMALL, "--run", "a", "--no-report",
        "--set", "network.1.units=20", "optimizer.type=Momentum", "optimizer.momentum=0.8", "l2=1e-4",
    )  # fmt: skip
    assert done.code == 0, done.err
    recipe = load_recipe(Path("a/config.toml"))
    assert (recipe.network.layers[1].units, recipe.optimizer.momentum, recipe.l2) == (20, 0.8, 1e-4)


def test_a_field_that_does_not_exist_is_named_with_the_nearest(numnist, digits):
    done = numnist("train", "mlp-quick", "--dataset", digits, "--set", "optimizer.learning_rat=0.1")
    assert done.code == 2
    assert "did you mean 'optimizer.learning_rate'?" in done.err
    assert not Path("runs").exists()


def test_a_run_that_another_process_trains_is_refused_before_its_data_is_read(numnist, trained, monkeypatch):
    monkeypatch.setattr(find_data, "find_recipe_data", lambda *_: pytest.fail("it read the data"))
    with locked(Path(trained, "lock")):
        done = numnist("resume", trained)
    assert done.code == 2
    assert f"is being trained by process {os.getpid()}" in done.err
