"""What is known of a published data set in advance: its files, and how they are to be read."""

from __future__ import annotations

from dataclasses import dataclass


def spellings(name: str) -> tuple[str, ...]:
    """The names that a file may have: as published (.gz), unpacked, and as 7-Zip and Kaggle write it."""
    plain = name.removesuffix(".gz").replace(".idx", "-idx")
    dotted = plain.replace("-idx", ".idx")  # train-images.idx3-ubyte
    return f"{plain}.gz", plain, dotted, f"{dotted}.gz"


def algorithm(digest: str) -> str:
    """The hash function of a digest, by its length."""
    return {32: "md5", 64: "sha256"}[len(digest)]


@dataclass(frozen=True)
class PublishedFile:
    """One published file, an IDX file packed with gzip.  On disk it may be packed or unpacked.

    digest: SHA-256 of the packed file in hex, or its MD5 if nobody publishes more.  MD5 protects from accidents.
    """

    name: str  # as published, ending in .gz
    digest: str
    unpacked_size: int
    size: int | None = None  # of the packed file; None if it is not published
    unpacked_digest: str | None = None  # likewise

    @property
    def largest(self) -> int:
        """The packed file cannot have more bytes: deflate adds less than 1 in 1,000 to what it cannot pack."""
        return self.size or self.unpacked_size + self.unpacked_size // 1000 + 1000


@dataclass(frozen=True)
class PublishedArchive:
    """A zip archive that the files of several data sets come in."""

    name: str
    digest: str
    size: int
    inside: str  # the folder in the archive that holds the files, ending in /
    folder: str  # of the cache, which keeps the archive

    @property
    def largest(self) -> int:
        """Its size."""
        return self.size


@dataclass(frozen=True)
class PublishedDataset:
    """One published data set: its files, and how they become pictures and classes.

    files: the training pictures and their labels, the test pictures and their labels.
    """

    name: str
    title: str
    licence: str
    classes: tuple[str, ...]
    preparation: str  # how a user's picture becomes one of these, see ink/prepare.py
    mirrors: tuple[str, ...]  # base addresses, in the order to try
    files: tuple[PublishedFile, ...]
    folders: tuple[str, ...]  # what a folder with the files may be called, besides `name`
    archive: PublishedArchive | None = None  # that the files are published in; the mirrors have it
    tables: tuple[str, ...] = ()  # CSV files of the same data, for training and test
    mapping: str = "mapping.txt"  # a file that may lie beside them and maps labels to characters

    sizes: tuple[int, int] = (60_000, 10_000)  # training and test pictures
    validation: int = 10_000  # so many of the last training pictures are held out by default
    shape: tuple[int, int, int] = (1, 28, 28)  # of one picture: (C, H, W)

    own_names: bool = True  # whether the files' names say which data set they are; MNIST's are used by several
    transposed: bool = False  # whether the files hold columns where rows should be
    first_label: int = 0  # the label of the first class
    label_columns: int = 1  # of a row of labels, the first of which is the class
