"""Runs: a folder that holds an experiment, from its recipe to its judged model.

config.toml          everything that decides the run, and with what it was made
metrics.jsonl        a line an epoch
last.safetensors     checkpoint at the start, after each epoch, and where the run was stopped: resumes exactly
best.safetensors     the model that was best on validation data
model.safetensors    the finished model, with what it reached on the test set inside
filters.safetensors  the first layer's weights at the start and after some epochs, to look at
result.json          what the run came to
report.html          all of it for people, in one file
lock                 the owner's process number while it runs
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

from numnist.data.dataset import Dataset
from numnist.evaluation.calibration import confidence_threshold
from numnist.evaluation.metrics import Evaluation, evaluate
from numnist.experiment.filter_history import keep, wanted
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.model.file import load_model, save_model
from numnist.model.model import Model
from numnist.support.environment import environment
from numnist.support.errors import DataError, ModelFileError, NotFiniteError, UsageError
from numnist.support.files import LockedError, locked, write_atomically
from numnist.training.checkpoint import load_checkpoint, save_checkpoint
from numnist.training.loop import Epoch, Event, State

RUNS = Path("runs")


class Run:
    """One experiment: its folder, recipe, data, model and the state of its training.  Made by `create` or `open`."""

    def __init__(self, folder: Path, recipe: Recipe, data: Dataset, model: Model, state: State):
        self.folder, self.recipe, self.data, self.model, self.state = folder, recipe, data, model, state
        self.judged: Evaluation | None = None  # on the test set

    @classmethod
    def create(cls, recipe: Recipe, data: Dataset, folder: Path | None = None, start: Path | None = None) -> Run:
        """A new run.

        folder: which must not exist, runs/RECIPE-N by default;  start: a model file or run whose weights it starts
        from.  Raises UsageError for a folder that exists, ModelFileError for a start that does not fit.
        """
        model = recipe.model(data) if start is None else _start_from(load_model(start), start, recipe, data)
        recipe = recipe.override(lanes=recipe.lanes or model.lanes, shard=recipe.shard or model.shard)  # to be repeated
        folder = free_folder(recipe.name) if folder is None else _new_folder(folder)
        run = cls(folder, recipe, data, model, State.fresh(model, recipe.optimizer, recipe.average is not None))
        made = environment() | {"data_sha256": data.sha256, "data_source": data.source}
        if start is not None:
            made |= {"start": str(start), "start_sha256": model.weights_sha256}
        run._write_config(made)
        run._save_checkpoint()  # so that a run killed in its first epoch can be resumed too
        keep(folder, model, 0)
        return run

    @classmethod
    def open(cls, folder: Path, data: Dataset, epochs: int | None = None) -> Run:
        """A run that was stopped, or finished and given more epochs.

        Raises ModelFileError where there is none, DataError if the data is not what it was trained on.
        """
        config = read_config(folder)
        recipe = read_recipe(folder / "config.toml").override(epochs=epochs)
        if config["environment"]["data_sha256"] != data.sha256:
            raise DataError(
                f"{folder}: this run was trained on {recipe.dataset} with the SHA-256 "
                f"{config['environment']['data_sha256'][:16]}…, but what is found now has {data.sha256[:16]}…: "
                "going on would mix test pictures into training. Give the same data again (--data-dir)."
            )
        model, state = load_checkpoint(folder / "last.safetensors", recipe.optimizer)
        run = cls(folder, recipe, data, model, state)
        with run._locked():  # whoever trains it now is left in peace
            run._write_config(config["environment"] | {"resumed_environment": environment()})
            for name in ("model.safetensors", "result.json", "report.html"):  # of a run not finished any more
                (folder / name).unlink(missing_ok=True)
        return run

    def events(self, threads: int | None = None) -> Generator[Event, None, None]:
        """Train, writing metrics and checkpoints on the way.  Closing the generator saves where it is."""
        with self._locked():
            try:
                for event in self.recipe.train(self.model, self.data, threads=threads, state=self.state):
                    if isinstance(event, Epoch):
                        self._save_epoch(event)
                    yield event
            except NotFiniteError as error:
                raise NotFiniteError(
                    f"{error}. The last good checkpoint is {self.folder / 'last.safetensors'}."
                ) from None
            except GeneratorExit:  # stopped between two steps, so the state is whole
                self._save_checkpoint()
                raise

    def judge(self, threads: int | None = None) -> dict[str, Any]:
        """Evaluate the finished model on the test set, write model.safetensors and result.json, return the result.

        The validation pictures tell when the model may call itself sure: `about["sure"]`, see calibration.py.
        """
        test, validation = self.data.test, self.data.validation
        if len(test):
            self.judged = evaluate(self.model, test, loss=self.recipe.loss, threads=threads)
        result = self._result(self.judged)
        self.model.about = self._about() | {"result": {k: v for k, v in result.items() if k not in ("run", "model")}}
        if len(validation):
            self.model.about["sure"] = confidence_threshold(
                self.model.predict_proba(validation.x, threads), validation.labels
            )
        save_model(self.model, self.folder / "model.safetensors")
        self._write_result(result)
        return result

    def report(self, result: dict[str, Any], threads: int | None = None) -> dict[str, Any]:
        """Write report.html of the judged run, and return the result with its place, as result.json has it then too."""
        from numnist.report.page.html import write_report  # here, because training and judging need none of it

        result = result | {"report": str(write_report(self.folder, self.data, threads, self.judged))}
        self._write_result(result)
        return result

    def move(self, folder: Path) -> dict[str, Any]:
        """Give the judged run another folder, which must not exist; returns the result with the new places in it."""
        if folder.exists():
            raise _taken(folder)
        self.folder = self.folder.rename(folder)
        result = self._result(self.judged)
        self._write_result(result)
        return result

    def _write_result(self, result: dict[str, Any]) -> None:
        write_atomically(self.folder / "result.json", (json.dumps(result, indent=2) + "\n").encode())

    def _result(self, judged: Evaluation | None) -> dict[str, Any]:
        """What the run came to, in plain JSON types."""
        state = self.state
        kept = state.best_epoch if self.recipe.patience is not None and state.best_epoch else len(state.history)
        return {
            "schema": "numnist.train/1",
            "run": str(self.folder),
            "model": str(self.folder / "model.safetensors"),
            "dataset": self.data.name,
            "recipe": self.recipe.name,
            "parameters": self.model.plan.size,
            "epochs": len(state.history),
            "train_seconds": round(state.seconds, 3),
            "validation_accuracy": state.history[kept - 1]["validation_accuracy"] if state.history else None,
            "test_accuracy": judged.accuracy if judged else None,
            "confidence_interval": list(judged.confidence_interval) if judged else None,
            "seed": self.recipe.seed,
            "lanes": self.recipe.lanes,
            "weights_sha256": self.model.weights_sha256,
        }

    def _about(self) -> dict[str, Any]:
        """What the model file says of where the model comes from."""
        return {"recipe": self.recipe.to_dict(), "data_sha256": self.data.sha256, "environment": environment()}

    def _save_epoch(self, event: Epoch) -> None:
        lines = "".join(json.dumps(record) + "\n" for record in self.state.history)
        write_atomically(self.folder / "metrics.jsonl", lines.encode())
        if self.state.best_epoch == event.epoch:  # first, so that a run killed here writes it again
            self.model.about = self._about()
            save_model(self.model, self.folder / "best.safetensors")
        if wanted(event.epoch):
            keep(self.folder, self.model, event.epoch)
        self._save_checkpoint()

    def _save_checkpoint(self) -> None:
        self.model.about = self._about()
        save_checkpoint(self.folder / "last.safetensors", self.model, self.state)

    def _write_config(self, made: dict[str, Any]) -> None:
        import tomli_w

        text = tomli_w.dumps(self.recipe.to_dict() | {"environment": made})
        write_atomically(self.folder / "config.toml", text.encode())

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder's lock, so that two processes never write one run."""
        try:
            with locked(self.folder / "lock"):
                yield
        except LockedError as error:
            raise UsageError(
                f"{self.folder} is being trained by process {error.owner}: wait for it, or stop it first."
            ) from None


def read_config(folder: Path) -> MappingProxyType[str, Any]:
    """A run's config.toml.  Raises ModelFileError where there is no run."""
    try:
        config = tomllib.loads((folder / "config.toml").read_text("utf-8"))
    except FileNotFoundError:
        raise ModelFileError(f"{folder}: this is no run folder (it has no config.toml).") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelFileError(f"{folder}/config.toml cannot be read: {error}.") from error
    if not isinstance(config.get("environment"), dict) or "data_sha256" not in config["environment"]:
        raise ModelFileError(f"{folder}/config.toml does not say with what data the run was made.")
    return MappingProxyType(config)


def newest_run() -> Path | None:
    """The folder under runs/ whose model was finished last."""
    models = sorted(RUNS.glob("*/model.safetensors"), key=lambda path: path.stat().st_mtime)
    return models[-1].parent if models else None


def _start_from(model: Model, start: Path, recipe: Recipe, data: Dataset) -> Model:
    """The model to train further, after checking that it fits recipe and data."""
    if model.network != recipe.network:
        raise ModelFileError(
            f"{start} holds another network than recipe {recipe.name!r}: {model.network!r}. "
            "Choose the recipe that it was made with."
        )
    if model.in_shape != data.shape or model.classes != data.classes:
        raise ModelFileError(
            f"{start} reads pictures of shape {model.in_shape} as {len(model.classes)} classes, but {data.name} has "
            f"{data.shape} and {len(data.classes)} classes: give data of the same kind."
        )
    return model


def _new_folder(folder: Path) -> Path:
    """Make it.  Raises UsageError if it is there."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise _taken(folder) from None
    return folder


def _taken(folder: Path) -> UsageError:
    return UsageError(f"{folder} exists already: resume it with `numnist resume {folder}`, or choose another --run.")


def free_folder(name: str) -> Path:
    """runs/NAME-1, or the first number that is free."""
    for number in count(1):
        folder = RUNS / f"{name}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        return folder
    raise AssertionError("count() never ends")
