"""The space of a sweep: what each field may be.

optimizer.learning_rate=1e-4..1e-1:log      a range, on a logarithmic scale
batch_size=32..256:step=32                  a range of whole numbers
optimizer.type=SGD,Adam                     choices
epochs=2                                    fixed
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from numnist.experiment.fields import field_names, get_field, read_word, set_fields, takes
from numnist.experiment.recipe import Recipe
from numnist.support.errors import UsageError

# These decide the data, which all runs of a sweep share
OF_DATA = ("dataset", "validation", "size", "pictures", "preparation", "label_column", "skip_broken")
RANGE = re.compile(r"(?P<low>[^:]+?)\.\.(?P<high>[^:]+?)(?P<log>:log)?(:step=(?P<step>[^:]+))?")
DROPOUT = 0.6  # more keeps too little
DECADES = 30.0  # the ratio of the largest to the smallest number from which a list spans decades
COMMAS = re.compile(r",(?![^\[{]*[\]}])")  # not those inside a list or table


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included; whole ones, or on a logarithmic scale, or in steps from low."""

    low: float
    high: float
    whole: bool = False
    log: bool = False
    step: float | None = None

    def ends(self) -> tuple[float, ...]:
        """The lowest and the highest."""
        return self.low, self.high

    def __str__(self) -> str:
        step = "" if self.step is None else f":step={self.step:g}"
        return f"{self.low:g}..{self.high:g}{':log' if self.log else ''}{step}"


@dataclass(frozen=True)
class Choices:
    """One of these values."""

    values: tuple[Any, ...]

    def ends(self) -> tuple[Any, ...]:
        """All of them."""
        return self.values

    def __str__(self) -> str:
        return ",".join(map(str, self.values))


Domain = Range | Choices
Space = Mapping[str, Domain]


def read_words(words: Sequence[str] | None) -> dict[str, str]:
    """From the words of --set, such as optimizer.learning_rate=0.1: what each field is set to.  Raises UsageError."""
    if words is not None and not words:
        raise UsageError("--set: set what? For example --set optimizer.learning_rate=0.01 network.1.units=64.")
    found: dict[str, str] = {}
    for word in words or ():
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise UsageError(f"--set {word}: give a field and its value, as in --set optimizer.learning_rate=0.01.")
        if name in found:
            raise UsageError(f"--set {word}: {name} is set twice; give several values as {name}={found[name]},{value}.")
        found[name] = value
    return found


def read_domain(name: str, text: str) -> Domain:
    """What a field may be, from text such as 1e-4..1e-1:log or SGD,Adam.  Raises UsageError."""
    if name == "dataset":  # a path may have dots and commas
        return Choices((text,))
    match = RANGE.fullmatch(text)
    if match is None:
        if ".." in text and not text.startswith(("[", "{", '"', "'")):
            raise UsageError(f"{name}={text}: a range is LOW..HIGH, LOW..HIGH:log or LOW..HIGH:step=STEP.")
        words = _words(name, text)
        values = ((read_word(word), word) for word in words)  # a list or table stays text, for `set_fields` to read
        return Choices(tuple(word if isinstance(value, list | dict) else value for value, word in values))
    low, high, step = (_number(name, text, match[part]) for part in ("low", "high", "step"))
    assert low is not None
    assert high is not None
    if low >= high:
        raise UsageError(f"{name}={text}: the first number of a range must be smaller than the second.")
    if match["log"] and low <= 0:
        raise UsageError(f"{name}={text}: a range with :log must begin above 0.")
    if match["log"] and step is not None:
        raise UsageError(f"{name}={text}: give either :log or :step, not both.")
    if step is not None and not 0 < step <= high - low:
        raise UsageError(f"{name}={text}: the step must be above 0 and at most {high - low:g}.")
    if step is not None:  # the last number that the steps reach
        high = low + int((high - low) / step + 1e-9) * step
    return Range(low, high, all(isinstance(n, int) for n in (low, high, step or 1)), bool(match["log"]), step)


def read_space(recipe: Recipe, words: Mapping[str, str]) -> dict[str, Domain]:
    """What each field may be, checked with the recipe: all ends of ranges and all choices make a recipe.

    A range over a field that takes real numbers is one of real numbers, even if both of its ends are whole.
    """
    space = {name: read_domain(name, text) for name, text in words.items()}
    for name in OF_DATA:
        if name in space and not is_fixed(space[name]):
            raise UsageError(f"all runs of a sweep have the same data: give {name} one value, not {space[name]}.")
    types = {name: domain for name, domain in space.items() if name.endswith(".type")}
    first = {name: domain.ends()[0] for name, domain in space.items() if name in types or is_fixed(domain)}
    base = set_fields(recipe, first)
    for name, domain in space.items():
        if isinstance(domain, Range):
            kind = takes(base, name)
            if not kind:
                raise UsageError(f"{name}={domain}: {name} takes no numbers, so give choices: {name}=A,B.")
            if kind == "whole" and not domain.whole:
                raise UsageError(f"{name}={domain}: {name} takes whole numbers.")
            low, high = (float(end) if kind == "real" else end for end in domain.ends())
            space[name] = Range(low, high, kind == "whole", domain.log, domain.step)
    for chosen in product(*(domain.ends() for domain in types.values())):
        one = first | dict(zip(types, chosen))
        for name, domain in space.items():
            for value in domain.ends():
                set_fields(recipe, one | ({} if name in types else {name: value}))
    return space


def is_fixed(domain: Domain) -> bool:
    """Whether there is only one choice."""
    return isinstance(domain, Choices) and len(domain.values) == 1


def is_logarithmic(domain: Domain) -> bool:
    """Whether a field's values span decades: a :log range, or numbers whose largest is far above the smallest."""
    if isinstance(domain, Range):
        return domain.log
    values = domain.values
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return numbers and min(values) > 0 and max(values) >= DECADES * min(values)


def default_space(recipe: Recipe) -> dict[str, Domain]:
    """What is searched unless you say: learning rate, weight decay or L2, and the rates of dropout."""
    rate = recipe.optimizer.learning_rate or 0.01
    space: dict[str, Domain] = {"optimizer.learning_rate": Range(float(f"{rate / 30:.2g}"), 10 * rate, log=True)}
    if recipe.optimizer.weight_decay:
        space["optimizer.weight_decay"] = Range(1e-4, 1.0, log=True)
    else:
        space["l2"] = Range(1e-6, 1e-2, log=True)
    for name in field_names(recipe):
        if name.endswith(".rate") and get_field(recipe, name.removesuffix("rate") + "type") == "Dropout":
            space[name] = Range(0.0, DROPOUT)
    return space


def grid(choices: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of one choice from each list, the last list varying fastest."""
    return [dict(zip(choices, chosen)) for chosen in product(*choices.values())]


def grid_choices(space: Space) -> dict[str, tuple[Any, ...]]:
    """The choices of each field.  Raises UsageError for a range, saying what to write instead."""
    for name, domain in space.items():
        if isinstance(domain, Range):
            some = [domain.low, (domain.low * domain.high) ** 0.5 if domain.log else (domain.low + domain.high) / 2]
            listed = ",".join(f"{round(n) if domain.whole else n:.3g}" for n in (*some, domain.high))
            raise UsageError(
                f"--set {name}={domain} is a range, of which a grid cannot try everything: list the values, as "
                f"--set {name}={listed}, or search with --search 40."
            )
    return {name: domain.ends() for name, domain in space.items()}


def _words(name: str, text: str) -> list[str]:
    words = [word.strip() for word in COMMAS.split(text)]
    if "" in words:
        raise UsageError(f"--set {name}={text}: there is an empty choice; write choices as {name}=A,B.")
    values = [read_word(word) for word in words]
    told_apart = [(isinstance(value, bool), value) for value in values]  # 0.1 is 0.10, and 1 is 1.0, but not true
    if any(value in told_apart[:i] for i, value in enumerate(told_apart)):
        raise UsageError(f"--set {name}={text}: the same choice is given twice.")
    return words


def _number(name: str, text: str, word: str | None) -> float | None:
    if word is None:
        return None
    value = read_word(word)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) == float("inf") or value != value:
        raise UsageError(f"{name}={text}: {word!r} is not a number; a range is LOW..HIGH.")
    return value
