"""Errors: everything that numnist refuses to do, and the exit code with which the command line says so.

A message is one paragraph that says what happened, where, why, and what to do next.
"""

from __future__ import annotations


class NumnistError(Exception):
    """Anything numnist can foresee.  `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(NumnistError, ValueError):
    """An argument, option, recipe or setting that makes no sense."""

    exit_code = 2


class ShapeError(UsageError):
    """A layer was given arrays of a shape it cannot take."""


class DataError(NumnistError):
    """Pictures or labels that are missing, broken, or cannot be fetched."""

    exit_code = 3


class ModelFileError(NumnistError):
    """A model file or run folder that is missing, broken, or not numnist's."""

    exit_code = 4


class NotFiniteError(NumnistError, ArithmeticError):
    """A loss, gradient or weight became infinite or not a number."""

    exit_code = 1
