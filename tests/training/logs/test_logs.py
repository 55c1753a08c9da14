"""Logs: what is written is what the training was, a fault stops nothing, and the weights are the same to the bit."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from numnist import Epoch, Finished, Model, Settings, Step, UsageError, Writer, log_to, train
from numnist.experiment.logs import FILE, RunLogs
from numnist.experiment.recipe import Recipe
from numnist.experiment.run import Run
from numnist.training.logs import log as module
from numnist.training.logs.log import Log
from numnist.training.logs.targets import KINDS
from tests.small import CONV, MLP, dataset, everything
from tests.training.logs import reading

RECIPE = Recipe("tiny", "small", "bands", MLP, epochs=3, batch_size=25)
NEEDS = {
    "tensorboard": ("tensorboardX", "tensorboard"), "mlflow": ("mlflow", "sqlalchemy", "alembic"), "wandb": ("wandb",),
}  # fmt: skip


class Kept(Writer):
    """Keeps everything."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.figures: dict[str, dict[int, float]] = {}

    def settings(self, table):
        self.calls.append(("settings", table))

    def scalars(self, step, values):
        for name, value in values.items():
            self.figures.setdefault(name, {})[step] = value

    def result(self, values):
        self.calls.append(("result", values))

    def close(self, status):
        self.calls.append(("close", status))


class Broken(Writer):
    def __init__(self, after: int):
        self.after, self.called = after, 0

    def scalars(self, step, values):
        self.called += 1
        if step >= self.after:
            raise OSError("the disk is full.")


def training(**settings):
    model = Model(MLP, dataset())
    return model, train(
        model, dataset(), Settings(**{"epochs": 3, "batch_size": 25} | settings), threads=1, clock=lambda: 0.0
    )


def expected(events) -> dict[str, dict[int, float]]:
    """The figures of a training by name and step."""
    found: dict[str, dict[int, float]] = {}
    for event in events:
        if isinstance(event, Step):
            values = {
                "batch/loss": event.loss, "batch/accuracy": event.accuracy, "learning_rate": event.learning_rate,
            }  # fmt: skip
            step = event.step
        elif isinstance(event, Epoch):
            values = {
                "training/loss": event.loss, "training/accuracy": event.accuracy, "epoch": event.epoch,
                "validation/loss": event.validation_loss, "validation/accuracy": event.validation_accuracy,
            }  # fmt: skip
            step = event.epoch * 4
        else:
            continue
        for name, value in values.items():
            found.setdefault(name, {})[step] = value
    return found


def test_what_is_written_is_what_the_training_was():
    kept, (_, events) = Kept(), training()
    watched = list(log_to(events, kept, settings=RECIPE))
    assert watched == list(training()[1])
    figures = {name: steps for name, steps in kept.figures.items() if name != "seconds"}
    assert figures == expected(watched)
    kinds = [call[0] for call in kept.calls]
    assert kinds == ["settings", "result", "close"]
    assert kept.calls[0][1]["optimizer"]["type"] == "Adam"
    assert kept.calls[1][1]["steps"] == 12
    assert kept.calls[2] == ("close", "finished")


@pytest.mark.parametrize(("network", "settings"), [(MLP, {}), (CONV, everything())])
def test_the_weights_are_the_same_to_the_bit(network, settings):
    hashes = set()
    for writers in ((), (Kept(),), (Kept(), Kept())):
        model = Model(network, dataset())
        for _ in log_to(train(model, dataset(), Settings(**settings), threads=1), *writers):
            pass
        hashes.add(model.weights_sha256)
    assert len(hashes) == 1


@pytest.mark.parametrize("after", [1, 6, 12])
def test_a_log_that_fails_is_said_once_and_the_training_goes_on(after):
    plain, events = training()
    list(events)
    model, events = training()
    broken, kept = Broken(after), Kept()
    with pytest.warns(UserWarning, match="Broken has failed, and the training goes on") as said:
        seen = list(log_to(events, broken, kept))
    assert len(said) == 1
    assert "the disk is full)." in str(said[0].message)
    assert isinstance(seen[-1], Finished)
    assert model.weights_sha256 == plain.weights_sha256
    assert len(kept.figures["batch/loss"]) == 12, "the other log has all"
    assert broken.called == after + after // 4 - (after == 12), "and nobody asks the broken one again"


def test_a_loop_that_is_left_closes_log_and_training():
    kept, (_, events) = Kept(), training()
    watched = log_to(events, kept)
    next(watched)
    watched.close()
    assert kept.calls == [("close", "stopped")]
    assert list(events) == []


def test_a_training_that_fails_says_so_in_its_log():
    kept = Kept()

    def failing():
        yield next(training()[1])
        raise ValueError("gone wrong")

    with pytest.raises(ValueError, match="gone wrong"):
        list(log_to(failing(), kept))
    assert kept.calls == [("close", "failed")]


def test_long_trainings_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(module, "STEPS", 4)
    kept, (_, events) = Kept(), training()
    list(log_to(events, kept))
    assert list(kept.figures["batch/loss"]) == [3, 6, 9, 12]
    assert list(kept.figures["training/loss"]) == [4, 8, 12]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("tensorbord:logs", "did you mean 'tensorboard'"), ("logs", "tensorboard:DIR"), ("", "wandb:PROJECT"),
        ("tensorboard:", "a folder"), ("wandb:", "a project"),
    ],
)  # fmt: skip
def test_a_target_that_makes_no_sense_is_refused_at_once(target, says):
    with pytest.raises(UsageError, match=says):
        log_to(iter(()), target)


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_that_is_not_installed_is_named_with_its_extra(kind, monkeypatch):
    monkeypatch.setattr("numnist.training.logs.targets.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=rf"{kind}.* needs {KINDS[kind][0]}: pip install '\.\[{kind}\]'"):
        log_to(iter(()), f"{kind}:somewhere")


def test_what_is_no_writer_is_refused():
    with pytest.raises(UsageError, match="Writer"):
        log_to(iter(()), print)


def test_a_writer_must_define_scalars():
    class Half(Writer):
        pass

    with pytest.warns(UserWarning, match=r"Half must define scalars\(step, values\)"):
        list(log_to(training()[1], Half()))


def slow_or_failing(monkeypatch, make):
    """Let every target be this writer."""
    monkeypatch.setattr(module, "check_target", lambda target: None)
    monkeypatch.setattr(module, "open_writer", make)


def test_a_server_that_does_not_answer_does_not_hold_the_training_up(monkeypatch):
    answer = threading.Event()
    monkeypatch.setattr(module, "PATIENCE", 0.01)

    def never(*arguments):
        answer.wait(60)
        return Kept()

    slow_or_failing(monkeypatch, never)
    model, events = training()
    with pytest.warns(UserWarning, match="it took longer than"):
        assert isinstance(list(log_to(events, "mlflow:http://nowhere"))[-1], Finished)
    plain, events = training()
    list(events)
    assert model.weights_sha256 == plain.weights_sha256
    answer.set()


def test_a_server_that_cannot_be_reached_is_said_once(monkeypatch):
    def refused(*arguments):
        raise ConnectionRefusedError("nobody listens")

    slow_or_failing(monkeypatch, refused)
    with pytest.warns(UserWarning, match="nobody listens") as said:
        list(log_to(training()[1], "mlflow:http://nowhere"))
    assert len(said) == 1


def run_to(folder, targets, stop_after: int | None = None) -> Run:
    """Create or resume a run with its logs, stop it after that many steps or evaluate it."""
    run = Run.open(folder, dataset()) if folder.exists() else Run.create(RECIPE, dataset(), folder)
    with RunLogs(run, targets) as logs:
        assert logs.notes == []
        events = run.events(threads=1)
        for event in events:
            logs(event)
            if isinstance(event, Step) and event.step == stop_after:
                events.close()
                return run
        logs.result(run.evaluate(threads=1))
    return run


@pytest.mark.filterwarnings("default")  # of the loggers' own packages
@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_goes_on_in_the_same_log(kind, tmp_path, monkeypatch):
    """Written in two parts and read back: each figure once, as the events said it, with recipe and result."""
    for package in NEEDS[kind]:
        pytest.importorskip(package, reason=f"needs: pip install '.[{kind}]'")
    for name in [name for name in os.environ if name.startswith(("WANDB_", "MLFLOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    target = {"tensorboard": "tensorboard:logs", "mlflow": f"mlflow:{uri}", "wandb": "wandb:digits"}[kind]
    with np.errstate(all="warn", under="ignore"):
        run_to(tmp_path / "run", [target], stop_after=6)
        place = (tmp_path / "run" / FILE).read_text()
        run = run_to(tmp_path / "run", [])
    assert (tmp_path / "run" / FILE).read_text() == place, "it goes on in the same log"
    plain = Model(MLP, dataset())
    events = list(train(plain, dataset(), RECIPE, threads=1))
    assert run.model.weights_sha256 == plain.weights_sha256
    if kind == "tensorboard":
        figures, texts = reading.tensorboard(tmp_path / "logs" / "run")
        assert '"batch_size": 25' in texts["recipe"]
        assert run.model.weights_sha256 in texts["result"]
        accuracy = figures["result/test_accuracy"][12]
    elif kind == "mlflow":
        figures, recipe, tags, status = reading.mlflow(uri, next(iter(_places(tmp_path / "run").values())))
        assert recipe["optimizer.type"] == "Adam"
        assert recipe["batch_size"] == "25"
        assert tags["result.weights_sha256"] == run.model.weights_sha256
        assert tags["mlflow.runName"] == "run"
        assert status == "FINISHED"
        accuracy = figures["result/test_accuracy"][12]
    else:
        figures, config, summary, code = reading.wandb(tmp_path)
        assert config["optimizer"]["type"] == "Adam"
        assert config["batch_size"] == 25
        assert summary["result/weights_sha256"] == run.model.weights_sha256
        assert code == 0
        accuracy = summary["result/test_accuracy"]
    assert accuracy == pytest.approx(run.evaluation.accuracy, abs=1e-7)  # TensorBoard keeps float32
    for name, steps in expected(events).items():
        assert figures[name] == pytest.approx(steps, rel=1e-6), name  # the same


def _places(folder) -> dict[str, str]:
    import json

    return json.loads((folder / FILE).read_text())


def test_a_run_whose_logger_is_gone_is_resumed_and_says_so(tmp_path, monkeypatch):
    slow_or_failing(monkeypatch, lambda *arguments: Kept())
    run = run_to(tmp_path / "run", ["mlflow:x"], stop_after=3)
    (tmp_path / "run" / FILE).write_text('{"mlflow:x": "7"}')
    monkeypatch.undo()
    monkeypatch.setattr("numnist.training.logs.targets.find_spec", lambda name: None)
    logs = RunLogs(run)
    assert logs.logs == []
    assert "goes on without a log that it had" in logs.notes[0]
    with pytest.raises(UsageError):
        RunLogs(run, ["mlflow:x"])


def test_a_damaged_record_of_logs_is_said(tmp_path):
    run = Run.create(RECIPE, dataset(), tmp_path / "run")
    (run.folder / FILE).write_text("[1")
    assert "cannot be read" in RunLogs(run).notes[0]


def test_an_open_log_knows_its_place(tmp_path):
    class Placed(Kept):
        place = "here"

    log = Log(Placed(), place="")
    assert log.place == ""
    log.event(next(training()[1]))
    assert log.place == "here"


@pytest.mark.filterwarnings("default")
def test_another_training_in_the_same_folder_gets_one_of_its_own(tmp_path):
    for package in NEEDS["tensorboard"]:
        pytest.importorskip(package, reason="needs: pip install '.[tensorboard]'")
    for _ in range(2):
        list(log_to(training()[1], "tensorboard:logs", name="first"))
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["first", "first-2"]
    both = [reading.tensorboard(tmp_path / "logs" / name)[0]["batch/loss"] for name in ("first", "first-2")]
    assert both[0] == both[1]
