"""Words: a sentence with the facts that it states, so that other languages can state them in their own order.

Words("pool.mean", "The mean of {count} numbers.", count=49)     str() is the English; a page in another language
finds its own sentence by the key, and puts in the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Formatter
from typing import Any

from numnist.explain.numbers import brief

JOINS = {"and": " and ", "then": ", then ", "each": ", ", "join": ""}  # of lists, by format


class Words:
    """A sentence or a part of one.

    key: its name in the tables of other languages;  text: the English, a template in str.format's syntax;  values: by
    name, each a text, a number, other Words, or a list of them.  A number is written as {count}: a whole one with
    thousands separators, another with three digits; as {share:%}: a probability, never quite 100%; or in one of
    Python's own formats.  A list is written as "a, b, and c", or as JOINS says; {list:C} begins with a capital.
    """

    def __init__(self, key: str, text: str, /, **values: Any):
        self.key, self.text, self.values = key, text, values

    def __str__(self) -> str:
        return _English().vformat(self.text, (), self.values)

    def put(self, **values: Any) -> Words:
        """The same with further values."""
        return Words(self.key, self.text, **(self.values | values))

    def to_dict(self) -> dict[str, Any]:
        """The key and the values as JSON types."""
        return {"key": self.key, "values": {name: _plain(value) for name, value in self.values.items()}}


Said = Words | Sequence[Words]  # one sentence, or several


def english(said: Said) -> str:
    """The sentences as one text."""
    return str(said) if isinstance(said, Words) else " ".join(map(str, said))


def worded(**said: Said) -> dict[str, Any]:
    """Fields of a response: each as English text, and `words` with the same as keys and values."""
    each = {name: [one] if isinstance(one, Words) else one for name, one in said.items()}
    texts: dict[str, Any] = {name: english(words) for name, words in each.items()}
    return texts | {"words": {name: [one.to_dict() for one in words] for name, words in each.items()}}


def percent(probability: float) -> str:
    """Never quite 100% or 0%, as a network is never certain."""
    if probability > 0.9995:
        return ">99.9%"
    return "<0.1%" if probability < 0.0005 else f"{probability:.1%}"


class _English(Formatter):
    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, list | tuple):
            text = _listed([str(each) for each in value], spec)
            return f"{text[0].upper()}{text[1:]}" if spec == "C" else text
        if spec == "%":
            return percent(value)
        if isinstance(value, int | float) and not spec:
            return f"{value:,}" if isinstance(value, int) else brief(value)
        written: str = super().format_field(str(value) if isinstance(value, Words) else value, spec)
        return written


def _listed(parts: list[str], spec: str) -> str:
    """ "a, b, and c", or as the format says."""
    if spec in JOINS or len(parts) < 2:
        return JOINS.get(spec, "").join(parts)
    return f"{', '.join(parts[:-1])}, and {parts[-1]}"


def _plain(value: Any) -> Any:
    if isinstance(value, Words):
        return value.to_dict()
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
