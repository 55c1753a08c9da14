from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import result_json, table
from numnist.support.errors import DataError, NumnistError


def doctor(*, json: Json = False) -> int:
    """Check this installation: versions, processor, data, folders, and whether training is reproducible.

    Exit code 1 if a necessary part does not work.
    """
    from numnist.support.environment import environment

    checks: list[dict[str, Any]] = []

    def check(name: str, needed: bool, probe: Callable[[], str]) -> None:
        try:
            checks.append({"check": name, "ok": True, "needed": needed, "detail": probe()})
        except (NumnistError, OSError, AssertionError) as error:
            checks.append({"check": name, "ok": False, "needed": needed, "detail": str(error)})

    versions = environment()
    check("numnist", True, lambda: f"{versions['numnist']}, Python {versions['python']}, NumPy {versions['numpy']}")
    check("BLAS", True, lambda: _blas(versions["blas"]))
    check("machine", True, lambda: f"{versions['processor']}, {versions['cores']} cores, {versions['system']}")
    check("memory", False, _memory)
    check("training", True, _training)
    check("this folder", True, _writable)
    for name in ("mnist", "fashion-mnist"):
        check(name, False, partial(_dataset, name))
    ok = all(c["ok"] or not c["needed"] for c in checks)
    if json:
        result_json({"ok": ok, "checks": checks, "environment": versions})
    else:
        states = [("ok" if c["ok"] else "WRONG" if c["needed"] else "missing") for c in checks]
        table(("", "check", "detail"), [(state, c["check"], c["detail"]) for state, c in zip(states, checks)])
    return 0 if ok else 1


def _blas(found: str) -> str:
    from numnist.support.blas import can_limit

    if can_limit():
        return found
    return (
        f"{found}; note: threadpoolctl does not know it, so numnist cannot limit it to one thread. Training is right "
        "all the same; if it is slow, set VECLIB_MAXIMUM_THREADS=1 (Accelerate) or OMP_NUM_THREADS=1."
    )


def _memory() -> str:
    from numnist.support.malloc import keep_freed_pages

    return "freed memory is reused" if keep_freed_pages() else "this C library has no mallopt: steps may be slower"


def _training() -> str:
    """Train a tiny network in one and in two processes: it must learn, with bit-identical weights."""
    import numpy as np

    from numnist.data.strokes.drawing import load_strokes
    from numnist.experiment.recipe import load_recipe
    from numnist.optim.optimizers import Adam
    from numnist.training.settings import Settings
    from numnist.training.state import State
    from numnist.training.step import Engine

    data = load_strokes(train=256, validation=0, test=0)
    hashes: set[str] = set()
    losses: list[float] = []
    settings = Settings(Adam(3e-3), batch_size=64, lanes=4)
    for ranks in (1, 2):
        model = load_recipe("mlp-quick").model(data)
        with Engine(model, settings, State.fresh(model, settings), data.train, ranks=ranks) as engine:
            engine.ranks.join(wait=True)
            for step in range(32):
                batch = np.arange(64) + step % 4 * 64
                losses.append(engine.step(batch, step, 3e-3)[0])
        hashes.add(model.weights_sha256)
    if len(hashes) != 1:
        raise AssertionError(
            "one and two processes give different weights: please report this with `numnist doctor --json`."
        )
    if not losses[-1] < losses[0] / 4:
        raise AssertionError(
            f"a tiny network does not learn (loss {losses[0]:.2f} -> {losses[-1]:.2f}): please report."
        )
    return f"learns (loss {losses[0]:.2f} to {losses[-1]:.2f}), and 1 and 2 processes give bit-identical weights"


def _writable() -> str:
    with tempfile.TemporaryFile(dir="."):
        return f"{Path.cwd()} is writable"


def _dataset(name: str) -> str:
    from numnist.data.registry import describe_one

    where = describe_one(name).where
    if not where:
        raise DataError(f"not on this machine: numnist data get {name}")
    return f"in {where}"
