"""Opening a user's files: errors that name the path, and gzip recognised by its first bytes instead of a name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from numnist.support.errors import DataError

GZIP_MAGIC = b"\x1f\x8b"
GET_AGAIN = "get the file again from where it came from"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn an OSError in the block into a DataError that names the path."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}): check the path.") from error


@contextmanager
def unpacked(file: IO[bytes], where: str) -> Iterator[IO[bytes]]:
    """The content of a file, unpacked if it is gzip data.  Raises DataError if that is broken; `where` names it."""
    packed = file.read(2) == GZIP_MAGIC
    file.seek(0)
    if not packed:
        yield file
        return
    try:
        with gzip.GzipFile(fileobj=file) as content:
            yield cast("IO[bytes]", content)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:  # EOFError: it is cut off
        raise DataError(f"{where} is broken gzip data ({error}): {GET_AGAIN}.") from error
