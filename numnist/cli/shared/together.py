"""A command in all processes that mpiexec or srun has started: the first speaks, and an error in one ends all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TypeVar

from numnist.cli.shared.printing import note
from numnist.support.errors import UsageError
from numnist.support.launched import without_mpi
from numnist.training.parallel.group import Group
from numnist.training.parallel.mpi import MPIGroup, mpi_group

T = TypeVar("T")


@contextmanager
def together() -> Iterator[Group]:
    """The group of this process.  Only the first one prints.

    An error that all have met leaves the block in all of them.  Any other ends all processes at once, since they would
    wait for this one for ever.
    """
    from numnist.cli import report_error

    group = mpi_group()
    if not isinstance(group, MPIGroup):
        if strangers := without_mpi():
            note("Note", f"srun has started {strangers} processes, and each trains alone: for one training by all of")
            note("", "them add --mpi=pmix, or what `srun --mpi=list` and your MPI have in common.")
        yield group
        return
    try:
        if group.position == 0:
            yield group
        else:
            with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
                yield group
    except BaseException as error:
        if group.failed:
            code = 0 if group.position else report_error(error)
            group.barrier()  # mpiexec ends all with the first that fails: not before that has been said
            raise SystemExit(code) from None
        group.abort(report_error(error, "" if group.position == 0 else f"{group.name}: "))
        raise


def check_alike(group: Group, values: Mapping[str, Any]) -> None:
    """Raise UsageError in all processes if they were given different values of something."""
    each = group.collect({name: repr(value) for name, value in values.items()})

    def check() -> None:
        for name, first in each[0].items():
            other = next((mine[name] for mine in each if mine[name] != first), None)
            if other is not None:
                raise UsageError(
                    f"the processes were given different values of {name}: start all with the same command."
                )

    agreed(group, check)


def agreed(group: Group, function: Callable[[], T]) -> T:
    """What a function returns here; raises in all processes what it raises in one."""
    value, error = None, None
    try:
        value = function()
    except Exception as caught:
        error = caught
    group.agree(error)
    return value  # type: ignore[return-value]  # agree has raised an error
