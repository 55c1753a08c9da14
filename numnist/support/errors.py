"""The errors that numnist raises, each with the exit code of the command line.

A message is one paragraph: what happened, where, why, and what to do next.
"""

from __future__ import annotations

LONGEST = 16_000  # characters of a message, in which the longest path has room twice
INTERRUPTED = 130  # the exit code after Ctrl-C: 128 + SIGINT


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, which end a command as Ctrl-C does, with another exit code: 128 + the signal's number."""

    def __init__(self, number: int):
        super().__init__(f"signal {number}")
        self.exit_code = 128 + number


class NumnistError(Exception):
    """The base of all errors that numnist raises on purpose.  `exit_code` is that of the command line.

    A message that quotes a megabyte of somebody's file is shortened.
    """

    exit_code = 1

    def __str__(self) -> str:
        text = super().__str__()
        return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 4 :]}"


class UsageError(NumnistError, ValueError):
    """An argument, option, recipe or setting that is invalid."""

    exit_code = 2


class LaunchError(UsageError):
    """Several processes were started for what is one process's work."""


class ShapeError(UsageError):
    """A layer got arrays of a shape that it cannot take."""


class DataError(NumnistError):
    """Pictures or labels are missing, broken, or cannot be downloaded."""

    exit_code = 3


class UnavailableError(DataError):
    """A published data set is neither on this machine nor can it be downloaded."""


class ModelFileError(NumnistError):
    """A model file or run folder is missing, broken, or not numnist's."""

    exit_code = 4


class NotFiniteError(NumnistError, ArithmeticError):
    """A loss, gradient or weight became infinite or not a number."""


class RankError(NumnistError):
    """A process that trained a part of each batch has died, for example because memory was short."""
