"""A run: one experiment in its own folder, from a recipe to an evaluated model.  See folder.py for its files."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from numnist.data.dataset import Dataset
from numnist.evaluation.calibration import measured_threshold
from numnist.evaluation.metrics import Evaluation, evaluate
from numnist.experiment.filter_history import record_filters
from numnist.experiment.folder import check_unchanged, locked_folder, numbered, read_config, write_config, write_result
from numnist.experiment.lines import METRICS
from numnist.experiment.place import GoneError, Place, appearing, remove_abandoned, renamed
from numnist.experiment.rate import with_found_rate, write_rate
from numnist.experiment.recipe import Recipe, read_recipe
from numnist.experiment.room import check_room, machine_memory
from numnist.experiment.start import start_from
from numnist.experiment.steps import StepLog, commit, recover
from numnist.experiment.training_accuracy import training_accuracy
from numnist.model.model import Model, load_model
from numnist.support.environment import environment
from numnist.support.errors import DataError, NotFiniteError, UsageError
from numnist.support.files import write_atomically
from numnist.training.events import Epoch, Event, Step
from numnist.training.find_rate import RateCurve
from numnist.training.loop import check_settings, train
from numnist.training.parallel.group import Group
from numnist.training.state import State, load_checkpoint, save_checkpoint

T = TypeVar("T")


class Run:
    """A folder with its recipe, data, model and the state of its training.  Made by `create` or `open`.

    folder: where it is now: it may be moved while it trains, and what follows is written where it is then.
    made: the environment in which it was made, for its config.toml.
    evaluation: on the test set, once `evaluate` was called and if there are test pictures.
    rate: the search for the learning rate with which a new run began, if it did.
    start_note: what of the model that it starts from was changed, for people.
    """

    def __init__(
        self, folder: Path, recipe: Recipe, data: Dataset, model: Model, state: State, made: Mapping[str, Any]
    ):
        self.recipe, self.data, self.model, self.state, self.made = recipe, data, model, state, made
        self.place = Place(folder)
        self.evaluation: Evaluation | None = None
        self.training: dict[str, Any] = {}  # the accuracy on training pictures, once `evaluate` was called
        self.start_note = ""
        self.rate: RateCurve | None = None
        self.steps = StepLog(recipe.steps(len(data.training)))
        model.about = {"recipe": recipe.to_dict(), "data_sha256": data.sha256, "environment": environment()}

    @classmethod
    def create(
        cls, recipe: Recipe, data: Dataset, folder: Path | None = None, start: Path | None = None,
        *, find_rate: bool = False, threads: int | None = None,
    ) -> Run:  # fmt: skip
        """A new run.

        folder: which must not exist, runs/RECIPE-N by default;  start: a model file or run whose weights it starts
        from;  find_rate: whether the optimizer's learning rate is found first, on at most so many threads, instead of
        the recipe's own.
        Raises UsageError for a folder that exists, for settings that do not fit the data, and for frozen layers without
        a start, ModelFileError for a start that does not fit; then no folder is made.
        """
        if recipe.freeze and start is None:
            raise UsageError(
                "freeze keeps all layers but the last as they are, but nothing has learnt anything yet: name a model "
                "to start from with --from, such as --from digits, or leave freeze out."
            )
        check_room(recipe, data, machine_memory())
        model, note = (recipe.model(data), "") if start is None else start_from(load_model(start), start, recipe, data)
        check_settings(model, data, recipe)
        lanes, shard = recipe.cut(model)
        recipe = recipe.override(lanes=lanes, shard=shard)  # so that the config repeats the run
        rate = None
        if find_rate:
            recipe, rate = with_found_rate(recipe, model, data, threads)
        made = environment() | {"data_sha256": data.sha256, "data_source": data.source}
        if start is not None:
            made |= {"start": str(start), "start_sha256": model.weights_sha256}
        with appearing(numbered(recipe.name) if folder is None else [folder]) as new:
            run = cls(new.hidden, recipe, data, model, State.fresh(model, recipe), made)
            run.start_note, run.rate = note, rate
            if rate is not None:
                write_rate(new.hidden, rate)
            write_config(new.hidden, recipe, made)
            run._save_checkpoint()  # so that a run killed in its first epoch can be resumed too
            record_filters(new.hidden, model, 0)
        run.place = Place(new.folder)
        return run

    @classmethod
    def open(cls, folder: Path, data: Dataset, epochs: int | None = None, dataset: str | None = None) -> Run:
        """A run that was stopped, or finished and given more epochs; its results stay until `evaluate` replaces them.

        dataset: the name or path of its data, where that is another now.

        Raises ModelFileError where there is none, DataError if the data is not what it was trained on, and UsageError
        for fewer epochs than it has, and while another process trains it.
        """
        made = read_config(folder)["environment"]
        recipe = read_recipe(folder / "config.toml")
        planned, recipe = recipe.epochs, recipe.override(epochs=epochs, dataset=dataset)
        if made["data_sha256"] != data.sha256:
            raise DataError(
                f"{folder}: this run was trained on {recipe.dataset} with the SHA-256 "
                f"{made['data_sha256'][:16]}…, but what is found now has {data.sha256[:16]}…: "
                "going on would mix test pictures into training. Give the same data again (--dataset, --data-dir)."
            )
        model, state = load_checkpoint(folder / "last.safetensors", recipe)
        check_unchanged(folder, recipe, model.about)
        done = len(state.history)
        if epochs is not None and epochs < done + bool(state.epoch_pictures):
            count = f"{done} epoch{'' if done == 1 else 's'} already"
            part = ", and a part of the next" if state.epoch_pictures else ""
            raise UsageError(f"{folder} has {count}{part}, which is more than {epochs}: give a larger number, or none.")
        earlier = made.get("epochs_before")
        before = [
            *(earlier if isinstance(earlier, list) else ()),
            *([planned] if state.step and planned != recipe.epochs else ()),
        ]
        made |= {"resumed_environment": environment(), "epochs_before": before}
        run = cls(folder, recipe, data, model, state, made)
        remove_abandoned(folder.parent)
        with locked_folder(folder):
            write_config(folder, recipe, made)
            run.steps = StepLog(run.steps.epoch_steps, recover(folder, state.step))
        return run

    def events(self, threads: int | None = None, group: Group | None = None) -> Generator[Event, None, None]:
        """Train, writing metrics and checkpoints on the way.  Closing the generator saves the state as it is.

        A recipe that overfits ends after the epoch with which all training pictures are learnt, without Finished.
        group: whose first process this is; it saves the state too when the group has stopped.
        """
        with locked_folder(self.folder):
            try:
                if self.learnt == len(self.data.train):
                    return
                for event in train(self.model, self.data, self.recipe, threads=threads, state=self.state, group=group):
                    if isinstance(event, Step):
                        self.steps.add(event.step, event.loss, event.accuracy)
                    elif isinstance(event, Epoch):
                        if self.recipe.overfit:
                            self._count_learnt(threads)
                        self._rescued(partial(self._save_epoch, event))
                    yield event
                    if isinstance(event, Epoch) and self.learnt == len(self.data.train):
                        return
                if group is not None and group.stopped:
                    self._rescued(self._save_checkpoint)
            except NotFiniteError as error:
                raise NotFiniteError(
                    f"{error}. The last good checkpoint is {self.folder / 'last.safetensors'}."
                ) from None
            except GeneratorExit:  # stopped between two steps, so the state is whole
                self._rescued(self._save_checkpoint)
                raise

    @property
    def folder(self) -> Path:
        """Where the run is now.  Raises GoneError if its folder was removed."""
        return self.place.folder

    @property
    def learnt(self) -> int | None:
        """How many training pictures were classified correctly after the last epoch, if the recipe overfits."""
        return self.state.history[-1].get("learnt") if self.state.history else None

    def _count_learnt(self, threads: int | None) -> None:
        """Put into the epoch's record how many training pictures the model classifies correctly, and of how many."""
        pictures = self.data.train
        errors = evaluate(self.model, pictures, threads=threads).errors
        self.state.history[-1] |= {"learnt": len(pictures) - errors, "pictures": len(pictures)}

    def evaluate(self, threads: int | None = None) -> dict[str, Any]:
        """Evaluate the finished model on the test set, write model.safetensors and result.json, return the result.

        The confidence above which the model counts as sure, `about["sure"]`, is measured on the validation pictures
        (see evaluation/calibration.py).
        """
        return self._rescued(partial(self._evaluate, threads))

    def _evaluate(self, threads: int | None) -> dict[str, Any]:
        test, validation, each = self.data.test, self.data.validation, 0.0 if self.recipe.overfit else None
        if len(test):
            started = time.perf_counter()
            self.evaluation = evaluate(self.model, test, loss=self.recipe.loss, threads=threads)
            each = each if each is not None else (time.perf_counter() - started) / len(test)
        self.training = training_accuracy(self.model, self.data, self._kept(), self.state.seconds, each, threads)
        result = self._result()
        self.model.about["result"] = {k: v for k, v in result.items() if k not in ("run", "model")}
        if len(validation):
            self.model.about["sure"] = measured_threshold(self.model, validation, threads)
        self.model.save(self.folder / "model.safetensors")
        return self.record(result)

    def record(self, result: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Write result.json again with further fields, in JSON types; returns all of it."""
        result = result | more
        write_result(self.folder, result)
        return result

    def move(self, folder: Path) -> dict[str, Any]:
        """Give the evaluated run another folder, which must not exist; returns the result with the new paths in it."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not renamed(self.folder, folder):
            raise UsageError(f"{folder} exists already: choose another folder.")
        self.place = Place(folder)
        return self.record(self._result())

    def _kept(self) -> dict[str, Any] | None:
        """The record of the epoch whose weights the finished model has: with patience the best, else the last."""
        state = self.state
        kept = state.best_epoch if self.recipe.patience is not None and state.best_epoch else len(state.history)
        return state.history[kept - 1] if state.history else None

    def _result(self) -> dict[str, Any]:
        """What the run came to, in plain JSON types."""
        state, evaluation, kept = self.state, self.evaluation, self._kept()
        return {
            "schema": "numnist.train/1",
            "run": str(self.folder),
            "model": str(self.folder / "model.safetensors"),
            "dataset": self.data.name,
            "recipe": self.recipe.name,
            "parameters": self.model.plan.size,
            "epochs": len(state.history),
            "train_seconds": round(state.seconds, 3),
            **self.training,
            "validation_accuracy": None if kept is None else kept["validation_accuracy"],
            "test_accuracy": evaluation.accuracy if evaluation else None,
            "confidence_interval": list(evaluation.confidence_interval) if evaluation else None,
            "seed": self.recipe.seed,
            "lanes": self.recipe.lanes,
            "weights_sha256": self.model.weights_sha256,
        } | ({} if self.learnt is None else {"learnt": self.learnt, "pictures": len(self.data.train)})

    def _save_epoch(self, event: Epoch) -> None:
        """Write all that an epoch changes.  The results of a run that was finished before stay until `evaluate`."""
        self._save_history()
        if self.state.best_epoch == event.epoch:  # first, so that a run killed here writes it again
            self.model.save(self.folder / "best.safetensors")
        record_filters(self.folder, self.model, event.epoch)
        self._save_checkpoint()

    def _rescued(self, save: Callable[[], T]) -> T:
        """What it returns, called between two steps.  Where the folder is gone, all is saved in another: GoneError."""
        try:
            return save()
        except GoneError as error:
            with appearing(self.place.rescue_names()) as new:
                self.place = Place(new.hidden)
                write_config(new.hidden, self.recipe, self.made)
                self._save_history()
                self._save_checkpoint()
            raise GoneError(
                f"{error} All that was trained is saved in {new.folder}: go on with `numnist resume {new.folder}`."
            ) from None

    def _save_history(self) -> None:
        lines = "".join(json.dumps(record) + "\n" for record in self.state.history)
        write_atomically(self.folder / METRICS, lines.encode())

    def _save_checkpoint(self) -> None:
        """Write the checkpoint, and steps.jsonl as of the same step: a process may be killed between any two writes."""
        self.steps.stage(self.folder)
        save_checkpoint(self.folder / "last.safetensors", self.model, self.state)
        commit(self.folder)
