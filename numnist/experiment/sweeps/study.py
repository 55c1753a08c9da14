"""A search's study in Optuna's storage: opened by any number of processes, made by the first."""

from __future__ import annotations

import hashlib
import json
import platform
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numnist.experiment.folder import remove_if_empty
from numnist.experiment.recipe import Recipe
from numnist.experiment.sweeps.claims import alone
from numnist.experiment.sweeps.record import FILE as RECORD
from numnist.experiment.sweeps.space import Choices, Domain, Space
from numnist.experiment.sweeps.storage import open_storage
from numnist.support.errors import UsageError
from numnist.support.extras import install
from numnist.support.files import write_atomically

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial, Trial

FILE = "study.json"
FOLDER = "folder "  # begins the names of the study's attributes that list its folders
MEDIAN_OF = 5  # complete trials, before any is pruned


@dataclass(frozen=True)
class Search:
    """What all processes of a search agree on.

    make(recipe, choices): the recipe of a trial.  count: trials in all.  storage: the path of a journal file, or the
    URL of a database.  folder: for the runs.  threads: of a training.
    """

    recipe: Recipe
    space: Space
    make: Callable[[Recipe, Mapping[str, Any]], Recipe]
    data_sha256: str
    count: int
    storage: str
    folder: Path
    threads: int | None = None

    @property
    def name(self) -> str:
        """The study's name: of the recipe, and a hash of all that decides what a trial comes to.

        So studies with other recipes, spaces or data in the same storage stay apart.  `count` is no part of it, so that
        a search can be given more trials.
        """
        return study_name(self.recipe, self.space, self.data_sha256)


def study_name(recipe: Recipe, space: Space, data_sha256: str) -> str:
    """The name of a study, see `Search.name`."""
    table = {
        name: value for name, value in recipe.to_dict().items() if name != "dataset"
    }  # a path, on each machine another
    space_text = {name: repr(space[name]) for name in sorted(space)}
    text = json.dumps([table, space_text, data_sha256], sort_keys=True)
    return f"{recipe.name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class OpenedStudy:
    """A study as one process sees it.

    folder_id: of the folder for the runs, the same for all processes that share it.
    """

    def __init__(self, search: Search):
        """Open the study, or make it.  Raises UsageError without Optuna, and where the folder is of another study."""
        optuna = import_optuna()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.search = search
        try:
            self._open(optuna)
        except BaseException:
            remove_if_empty(search.folder)
            raise

    def _open(self, optuna: Any) -> None:
        search = self.search
        with alone(search.folder):  # tables of a database are made once
            _check_folder(search)
            self.storage = open_storage(search.storage)
            self.folder_id = _folder_id(search)
            self.study: Study = optuna.create_study(
                study_name=search.name, storage=self.storage, load_if_exists=True, direction="maximize",
                sampler=self.sampler(0), pruner=_pruner(search.recipe.epochs),
            )  # fmt: skip
            if f"{FOLDER}{self.folder_id}" not in self.study.user_attrs:
                self.study.set_user_attr(f"{FOLDER}{self.folder_id}", platform.node())

    @property
    def shared(self) -> bool:
        """Whether all processes of the study share this one's folder, so that they see each other's claims."""
        return sum(name.startswith(FOLDER) for name in self.study.user_attrs) == 1

    def trials(self) -> list[FrozenTrial]:
        """All trials that count: of what processes without a common folder have begun at once, those beyond do not."""
        return self.study.get_trials(deepcopy=False)[: self.search.count]

    def sampler(self, number: int) -> BaseSampler:
        """What chooses for the trial with this number."""
        from numnist.experiment.sweeps.sampler import DistinctSampler

        return DistinctSampler(self.search.space, self.search.recipe.seed, number)

    def ask(self) -> Trial:
        """A new trial, whose choices depend on its number and on the trials that are finished by now.

        It has its choices already, unless it does not count, so that no other trial that is asked for has the same.
        """
        self.study.sampler = self.sampler(len(self.study.get_trials(deepcopy=False)))
        trial = self.study.ask()
        if trial.number < self.search.count:
            self.choices(trial)
        return trial

    def choices(self, trial: Trial) -> dict[str, Any]:
        """The trial's choices; the same as before, where it has some."""
        return {name: suggest(trial, name, domain) for name, domain in self.search.space.items()}

    def take_over(self, number: int) -> Trial:
        """A trial that another process has begun."""
        from optuna.trial import Trial

        self.study.sampler = self.sampler(number)
        study_id = self.storage.get_study_id_from_name(self.search.name)
        return Trial(self.study, self.storage.get_trial_id_from_study_id_trial_number(study_id, number))


def import_optuna() -> Any:
    """Optuna.  Raises UsageError where it is not installed."""
    try:
        import optuna
    except ImportError:
        raise UsageError(f"a search needs Optuna: {install('search')}.") from None
    return optuna


def suggest(trial: Trial, name: str, domain: Domain) -> Any:
    """The trial's choice for a field; the same as before, where it has one."""
    from numnist.experiment.sweeps.sampler import distribution

    one = distribution(domain)
    if isinstance(domain, Choices):
        return trial.suggest_categorical(name, one.choices)
    ask = trial.suggest_int if domain.whole else trial.suggest_float
    return ask(name, one.low, one.high, log=one.log, step=one.step)


def _pruner(epochs: int) -> Any:
    """Ends a trial whose best epoch so far is below the median of the others at this epoch; none in the first quarter.

    The median, because it needs no more than the trials that there are; successive halving (Hyperband) wants many more.
    Early epochs say little, since a schedule may begin with a small learning rate.
    """
    from optuna.pruners import MedianPruner

    return MedianPruner(n_startup_trials=MEDIAN_OF, n_warmup_steps=max(1, epochs // 4))


def _folder_id(search: Search) -> str:
    """The folder's own name, made by the first process that uses it."""
    path = search.folder / FILE
    if not path.exists():
        about = {"study": search.name, "folder": uuid.uuid4().hex}
        write_atomically(path, (json.dumps(about) + "\n").encode())
    return str(json.loads(path.read_text("utf-8"))["folder"])


def _check_folder(search: Search) -> None:
    """Raise UsageError if the folder is of another study, or of a grid."""
    path = search.folder / FILE
    if not path.exists() and (search.folder / RECORD).exists():
        raise UsageError(f"{search.folder} holds a grid: choose another --run for a search.")
    study = json.loads(path.read_text("utf-8"))["study"] if path.exists() else search.name
    if study != search.name:
        raise UsageError(
            f"{search.folder} holds the search {study}, but this recipe, space and data make the search "
            f"{search.name}: give the same ones, or another --run."
        )
