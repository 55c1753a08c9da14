"""A search, worked by any number of processes on any number of machines.

Each takes the next trial, trains it and tells the study what it came to.  While it trains, it holds a claim on the
trial in the shared folder.  A trial that is under way and that nobody holds was a dead process's: whoever comes by
takes it over, and goes on from its checkpoint.  Processes that do not share a folder see each other's beats in the
storage instead; a trial whose beat stands still for minutes is begun again.

What a search has trained it does not train again: a trial with the setting of an earlier one, which happens where
there are no others or where two processes ask at once, takes that one's result and says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from numnist.data.dataset import Dataset
from numnist.experiment.lines import read_metrics
from numnist.experiment.sweeps.claims import alone, claim
from numnist.experiment.sweeps.distinct import setting
from numnist.experiment.sweeps.processes import in_processes
from numnist.experiment.sweeps.record import SEED
from numnist.experiment.sweeps.space import is_fixed
from numnist.experiment.sweeps.study import OpenedStudy, Search
from numnist.experiment.sweeps.trial import PRUNED, Result, Stopped, never, tidy, train_trial
from numnist.support.errors import UsageError
from numnist.support.locks import LockedError

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, Trial

BEAT = 30.0  # seconds between two beats
DEAD = 300.0  # seconds without a beat, after which a process is taken for dead
LOOK = 0.2  # seconds between two looks at what others do


def search(plan: Search, data: Dataset, jobs: int = 1, stop: Callable[[], bool] = never) -> Iterator[Result]:
    """Work on the study until all its trials are finished, and yield the results of those that this process trains.

    jobs: processes that train side by side.  It waits for other processes at the end, since they might die.
    Raises Stopped.
    """
    tidy(plan.folder)
    if jobs == 1:
        opened = OpenedStudy(plan)
        while (result := next_result(plan, data, stop, opened)) is not None:
            yield result
    else:
        found = in_processes(next_result, [(plan, data)] * plan.count, jobs, stop)
        yield from (result for result in found if result is not None)


def next_result(
    plan: Search, data: Dataset, stop: Callable[[], bool] = never, opened: OpenedStudy | None = None
) -> Result | None:
    """Train the next trial of the study and return its result; None when all are finished.  Raises Stopped.

    opened: the plan's study, if it is open already.
    """
    opened, watch = opened or OpenedStudy(plan), Watch()
    while True:
        with ExitStack() as held:
            trial, waiting = _next(opened, watch, held)
            if trial is not None:
                return _train(opened, trial, data, stop)
        if not waiting:
            return None
        if stop():
            raise Stopped
        time.sleep(LOOK)


class Watch:
    """Whether the beats of trials go on.   clock: in seconds, of this process, so that no two clocks are compared"""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.clock = clock
        self.seen: dict[int, tuple[Any, float]] = {}  # the last beat of each trial, and since when it is that

    def is_dead(self, number: int, beat: Any) -> bool:
        """Whether the trial's beat has stood still for too long."""
        last, since = self.seen.get(number, (object(), 0.0))
        if beat != last:
            self.seen[number] = beat, self.clock()
            return False
        return self.clock() - since > DEAD


def trial_name(number: int) -> str:
    """The name of a trial and its folder."""
    return f"trial-{number:04d}"


def _next(opened: OpenedStudy, watch: Watch, held: ExitStack) -> tuple[Trial | None, bool]:
    """A trial to train, whose claim is held now: a dead process's, else a new one;  whether any is under way."""
    from optuna.trial import TrialState

    plan = opened.search
    with alone(plan.folder):  # nobody else asks meanwhile, or has asked and not claimed yet
        trials = opened.trials()
        running = [trial for trial in trials if trial.state == TrialState.RUNNING]
        for frozen in running:
            if _is_dead(opened, frozen, watch):
                try:
                    held.enter_context(claim(plan.folder, trial_name(frozen.number)))
                except LockedError:
                    continue
                return opened.take_over(frozen.number), True
        if len(trials) < plan.count or any(trial.state == TrialState.WAITING for trial in trials):
            trial = opened.ask()
            if trial.number < plan.count:
                held.enter_context(claim(plan.folder, trial_name(trial.number)))
                trial.set_user_attr("folder", opened.folder_id)
                return trial, True
            opened.study.tell(trial, state=TrialState.FAIL)  # processes without a common folder have asked at once
    return None, bool(running)


def _is_dead(opened: OpenedStudy, frozen: FrozenTrial, watch: Watch) -> bool:
    """Whether a trial's process may be dead: where its folder is this one, its claim tells."""
    where = frozen.user_attrs.get("folder")
    if where == opened.folder_id or opened.shared:
        return True
    return watch.is_dead(frozen.number, (where, frozen.user_attrs.get("beat")))


def _train(opened: OpenedStudy, trial: Trial, data: Dataset, stop: Callable[[], bool]) -> Result:
    plan = opened.search
    choices = opened.choices(trial)
    folder = plan.folder / trial_name(trial.number)
    if not folder.exists() and (earlier := _earlier(opened, trial.number, choices)) is not None:
        original = earlier.get("repeats", earlier["name"])
        return _tell(opened, trial, earlier | {"name": trial_name(trial.number), "repeats": original})
    if trial.user_attrs.get("folder") != opened.folder_id:
        trial.set_user_attr("folder", opened.folder_id)
    reported = set(opened.trials()[trial.number].intermediate_values)
    last = time.monotonic()

    def prune(history: list[dict[str, Any]]) -> bool:
        for record in history:
            step = record["epoch"] - 1
            if step not in reported:
                trial.report(record["validation_accuracy"], step)
                reported.add(step)
        return trial.should_prune()

    def beat_and_stop() -> bool:
        nonlocal last
        if time.monotonic() - last > BEAT and not opened.shared:
            last = time.monotonic()
            trial.set_user_attr("beat", trial.user_attrs.get("beat", 0) + 1)
        return stop()

    result: Result = {"seed": choices.get(SEED, plan.recipe.seed)}
    try:
        recipe = plan.make(plan.recipe, choices)
    except UsageError as error:  # choices that do not go together
        result |= {"error": str(error)}
    else:
        result |= train_trial(recipe, data, folder, plan.threads, prune, beat_and_stop)
    result |= {"name": trial_name(trial.number), "choices": _free(plan, choices), "run": str(folder)}
    return _tell(opened, trial, result | {"history": read_metrics(folder)})


def _earlier(opened: OpenedStudy, number: int, choices: dict[str, Any]) -> Result | None:
    """The result of an earlier trial with the same choices."""
    space = opened.search.space
    for trial in opened.trials()[:number]:
        result: Result | None = trial.user_attrs.get("result")
        if result is not None and setting(space, trial.params) == setting(space, choices):
            return result
    return None


def _tell(opened: OpenedStudy, trial: Trial, result: Result) -> Result:
    """Tell the study what a trial came to, unless another process has."""
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import TrialState

    try:
        trial.set_user_attr("result", result)
    except UpdateFinishedTrialError:
        return result
    if "error" in result:
        opened.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
    elif result.get("state") == PRUNED:
        opened.study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
    else:
        opened.study.tell(trial, result["validation_accuracy"], skip_if_finished=True)
    return result


def results(opened: OpenedStudy) -> list[Result]:
    """What all trials came to so far, those of other processes included; those under way have no accuracy yet."""
    plan, found = opened.search, []
    for trial in opened.trials():
        name = trial_name(trial.number)
        folder = plan.folder / name
        running = {
            "name": name, "choices": _free(plan, trial.params), "state": "running",
            "seed": trial.params.get(SEED, plan.recipe.seed), "run": str(folder), "history": read_metrics(folder),
        }  # fmt: skip
        found.append(trial.user_attrs.get("result", running))
    return found


def _free(plan: Search, choices: dict[str, Any]) -> dict[str, Any]:
    """The choices of the fields that are not fixed."""
    return {name: value for name, value in choices.items() if not is_fixed(plan.space[name])}
