"""Settings of a space that differ: how many there are, which are the same, and which nobody has tried.

A seed is a field like any other here.  So the same setting trained again gives the same bits, and tells nothing new.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from math import prod
from typing import Any

from numnist.experiment.sweeps.space import Choices, Domain, Space

Setting = tuple[
    float, ...
]  # a number for each field: the place of its value, or the value where there is no end of them


def count_settings(space: Space) -> int | None:
    """How many different settings a space has; None if there is no end of them."""
    sizes = [_size(domain) for domain in space.values()]
    return None if None in sizes else prod(size for size in sizes if size is not None)


def setting(space: Space, choices: Mapping[str, Any]) -> Setting | None:
    """What is equal for equal settings only; None where a choice is not made yet."""
    if not space.keys() <= choices.keys():
        return None
    return tuple(_place(domain, choices[name]) for name, domain in space.items())


def find_untried(space: Space, tried: Container[Setting | None], start: float) -> dict[str, Any] | None:
    """A setting that is none of those tried; None if all are, or if there is no end of settings.

    start: 0..1, where among all settings the search for it begins; it takes at most as many steps as were tried.
    """
    count = count_settings(space)
    if count is None:
        return None
    for number in range(count):
        choices = _numbered(space, (int(start * count) + number) % count)
        if setting(space, choices) not in tried:
            return choices
    return None


def _size(domain: Domain) -> int | None:
    if isinstance(domain, Choices):
        return len(domain.values)
    if domain.step is None and not domain.whole:
        return None
    return round((domain.high - domain.low) / (domain.step or 1)) + 1


def _place(domain: Domain, value: Any) -> float:
    if isinstance(domain, Choices):
        return [repr(each) for each in domain.values].index(repr(value))  # True is not 1 here
    if domain.step is None and not domain.whole:
        return float(value)
    return round((value - domain.low) / (domain.step or 1))


def _numbered(space: Space, number: int) -> dict[str, Any]:
    """The setting with this number, the last field varying fastest."""
    choices = {}
    for name, domain in reversed([*space.items()]):
        number, place = divmod(number, _size(domain) or 1)
        if isinstance(domain, Choices):
            choices[name] = domain.values[place]
        else:
            step = 1 if domain.step is None else domain.step
            choices[name] = min(domain.high, domain.low + place * (int(step) if domain.whole else step))
    return choices
