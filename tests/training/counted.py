"""Counted: arrays that count how often elementwise operations pass over them, on any machine the same."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

import numpy as np


class Counted(np.ndarray):
    """An array whose ufuncs are written down: how many numbers each has made, products of matrices apart."""

    numbers: ClassVar[Counter[str]] = Counter()  # by ufunc; all arrays share it

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
        plain = [np.asarray(each) if isinstance(each, Counted) else each for each in inputs]
        given = {} if out is None else {"out": tuple(np.asarray(each) for each in out)}
        result = getattr(ufunc, method)(*plain, **given, **options)
        if ufunc.signature is None:  # matmul and vecdot have one
            Counted.numbers[ufunc.__name__] += max(np.size(each) for each in (*plain, result))
        return out[0] if out is not None else np.asarray(result).view(Counted)

    @classmethod
    def passes(cls, size: int) -> float:
        """All numbers made since the last time, in passes over `size` numbers."""
        total = sum(cls.numbers.values())
        cls.numbers.clear()
        return total / size


def counted(array: Any) -> Any:
    return np.array(array).view(Counted)
