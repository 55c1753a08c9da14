"""Taking the files of one published data set out of the archive that they come in.

Nothing of the archive decides where a file is written or how much: the catalog names the files and bounds their sizes.
"""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from numnist.data.published.locations import VerificationError, digest_of
from numnist.data.published.records import PublishedArchive, PublishedDataset, PublishedFile, algorithm
from numnist.support.files import atomic_writer

if TYPE_CHECKING:
    import zipfile

_CHUNK = 1 << 20


def is_archive(path: Path, archive: PublishedArchive) -> bool:
    """Whether a file is this archive, by its size and its digest."""
    return (
        path.is_file()
        and path.stat().st_size == archive.size
        and digest_of(path, algorithm(archive.digest)) == archive.digest
    )


def extract(path: Path, known: PublishedDataset, folder: Path) -> None:
    """Write the files of a data set from its archive at `path` into `folder`, each verified.

    Raises VerificationError if this is not the archive, or a file in it is not the published one.
    """
    import zipfile  # imported here, because it is slow to import and few need it

    if known.archive is None or not is_archive(path, known.archive):
        raise VerificationError(f"{path} is broken, or not the archive that {known.name} comes in")
    try:
        with zipfile.ZipFile(path) as archive:
            for file in known.files:
                _extract_file(archive, known.archive.inside, file, folder)
    except (zipfile.BadZipFile, KeyError, EOFError, RuntimeError, zlib.error) as error:
        # KeyError: no such file in it;  RuntimeError: a password, or an unknown compression
        raise VerificationError(f"{path} cannot be unpacked ({error})") from error


def _extract_file(archive: zipfile.ZipFile, inside: str, file: PublishedFile, folder: Path) -> None:
    with archive.open(inside + file.name) as source, atomic_writer(folder / file.name) as target:
        digest = hashlib.new(algorithm(file.digest), usedforsecurity=False)
        size = 0
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > file.largest:
                raise VerificationError(f"{file.name} in {archive.filename} is larger than the published file")
            digest.update(chunk)
            target.write(chunk)
        if digest.hexdigest() != file.digest:
            raise VerificationError(f"{file.name} in {archive.filename} is not the published file")
