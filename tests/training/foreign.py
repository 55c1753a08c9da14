"""Functions that behave in another process as they do not in this one."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Failing:
    """Augmentation that raises an error in every process but the one with this number."""

    here: int
    error: type[Exception] = ZeroDivisionError

    def __call__(self, x, rng):
        if os.getpid() != self.here:
            raise self.error("planted in another process")
        return (x / 255).astype(np.float32)


@dataclass(frozen=True)
class Killed:
    """Augmentation during which every process but the one with this number is killed."""

    here: int

    def __call__(self, x, rng):
        if os.getpid() != self.here:
            os.kill(os.getpid(), signal.SIGKILL)
        return (x / 255).astype(np.float32)


@dataclass(frozen=True)
class Slow:
    """Augmentation that waits in every process but the one with this number until that one has run so many shards."""

    here: int
    folder: Path
    shards: int

    def __call__(self, x, rng):
        if os.getpid() == self.here:
            (self.folder / str(len(list(self.folder.iterdir())))).touch()
        else:
            ends = time.monotonic() + 60
            while len(list(self.folder.iterdir())) < self.shards:
                assert time.monotonic() < ends, "the lanes of a step are not shared out as ranks are free"
        return (x / 255).astype(np.float32)
