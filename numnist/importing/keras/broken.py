"""One type of error for all that libraries raise about a broken file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from numnist.support.errors import ModelFileError, NumnistError


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Whatever the libraries raise for a broken file is a ModelFileError."""
    try:
        yield
    except NumnistError:
        raise
    except Exception as error:  # HDF5, zip and JSON have some fifteen types for what may be wrong with a file
        kind = type(error).__name__
        raise ModelFileError(
            f"{path}: this is not a whole Keras file ({kind}: {str(error)[:200]}): save it again."
        ) from error
