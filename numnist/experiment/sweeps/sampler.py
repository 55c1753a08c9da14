"""What a search tries next: TPE's choice, but never a setting that the study has tried already."""

from __future__ import annotations

from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial

from numnist.experiment.sweeps.distinct import find_untried, setting
from numnist.experiment.sweeps.space import Choices, Domain, Space, is_fixed
from numnist.support.rng import keyed_rng

RANDOM_TRIALS = 10  # before TPE begins
ATTEMPTS = 20  # of TPE, before any setting that is left will do


class DistinctSampler(BaseSampler):  # type: ignore[misc]  # Optuna is an extra, of which mypy knows nothing
    """TPE, asked again for what has been tried, since a sampler may repeat itself (Optuna's FAQ: duplicated samples).

    Seeded by the trial's number: processes with one seed would try the same.
    """

    def __init__(self, space: Space, seed: int, number: int):
        rng = keyed_rng(seed, "search", number)
        self.space = space
        self.tpe = TPESampler(seed=int(rng.integers(2**32)), n_startup_trials=RANDOM_TRIALS)
        self.start = rng.random()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All fields that are not fixed: they are chosen together."""
        return {name: distribution(domain) for name, domain in self.space.items() if not is_fixed(domain)}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The trial's choices; those of an earlier trial only if there are no others."""
        others = (each for each in study.get_trials(deepcopy=False) if each.number != trial.number)
        tried = {setting(self.space, each.params) for each in others}
        choices = {name: domain.ends()[0] for name, domain in self.space.items()}
        for _ in range(ATTEMPTS):
            for name, one in search_space.items():
                choices[name] = self.tpe.sample_independent(study, trial, name, one)
            if setting(self.space, choices) not in tried:
                break
        else:
            choices = find_untried(self.space, tried, self.start) or choices
        return {name: choices[name] for name in search_space}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """TPE's choice for one field."""
        return self.tpe.sample_independent(study, trial, param_name, param_distribution)


def distribution(domain: Domain) -> BaseDistribution:
    """A domain as Optuna says it."""
    if isinstance(domain, Choices):
        return CategoricalDistribution(domain.values)
    if domain.whole:
        step = 1 if domain.step is None else int(domain.step)
        return IntDistribution(int(domain.low), int(domain.high), log=domain.log, step=step)
    return FloatDistribution(domain.low, domain.high, log=domain.log, step=domain.step)
