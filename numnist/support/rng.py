"""Randomness by key: a generator is a function of the seed and of a key for its purpose, never of history.

Nothing is drawn from a shared stream.  So any training step can be replayed alone, a run can be resumed without a
saved generator, and the number of threads cannot change a single bit.
"""

from __future__ import annotations

import hashlib
from operator import index

import numpy as np


def keyed_rng(seed: int, *key: str | int) -> np.random.Generator:
    """The random generator for one purpose, e.g. keyed_rng(7, "weights", "0.w") or keyed_rng(7, "batches", epoch).

    SFC64, because it is NumPy's fastest.  The key is hashed, so that names of any length fit.  NumPy's integers count
    as Python's, although they print differently.
    """
    plain = index(seed), tuple(part if isinstance(part, str) else index(part) for part in key)
    digest = hashlib.sha256(repr(plain).encode()).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest[:16], "little")))
