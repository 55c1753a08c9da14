"""What somebody makes on purpose, and how it is opened; other things in the place of a file."""

from __future__ import annotations

import io
import os
import socket
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from numnist.support.errors import UsageError
from tests.strangers import kinds
from tests.strangers.kinds import Kind

MB = 1 << 20


@dataclass(frozen=True)
class Made(Kind):
    """Something that was made by hand.   read: whether it is good, and must be read"""

    read: bool = False

    @property
    def quick(self) -> bool:
        """Whether it is small, so that a test may make it."""
        large = ("MB", "GB", "0,000", "million", "10⁶", "constants", "doubles")
        return not any(word in self.name for word in large)

    def inside(self, folder: Path) -> bytes:
        return b""

    def put(self, folder: Path, inside: bytes) -> None:
        """It is there."""

    def size(self, folder: Path, inside: bytes) -> int:
        path = folder / self.file
        return path.stat().st_blocks * 512 if path.is_file() else 0


OPENERS = {kind.file: kind for kind in reversed(kinds.KINDS)}  # "net.onnx": how such a file is opened


def opener(file: str) -> Kind:
    return replace(OPENERS[file], open=OPENERS[file].apart or OPENERS[file].open)


def made(name: str, file: str, make: Callable[[Path], object], *, read: bool = False, needs: str | None = None) -> Made:
    """make: fills the place of that file, which is given"""
    of = opener(file)

    def fill(folder: Path) -> None:
        of.make(folder)
        path = folder / file
        if path.is_file():
            path.rename(folder / "good")
        make(path)

    return Made(
        f"{file}: {name}",
        file,
        fill,
        of.open,
        (*of.errors, UsageError) if name == "a folder" else of.errors,
        needs=needs or of.needs,
        folder=of.folder,
        read=read,
    )


def put(data: bytes | Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data if isinstance(data, bytes) else data())


def good(path: Path) -> bytes:
    """What was in its place."""
    return (
        path.with_name("good").read_bytes()
        if path.with_name("good").exists()
        else (path.parents[1] / "good").read_bytes()
    )


def of_good(change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(change(good(path)))


def _socket(path: Path) -> None:
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as opened:
        os.chdir(path.parent)  # the name of a socket is short
        try:
            opened.bind(path.name)
        finally:
            os.chdir(here)


PLACES: dict[str, Callable[[Path], object]] = {
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a pipe": lambda path: os.mkfifo(path),
    "endless zeros": lambda path: path.symlink_to("/dev/zero"),
    "nothing at all": lambda path: path.symlink_to("/dev/null"),
    "a folder": lambda path: path.mkdir(),
    "an empty file": lambda path: path.touch(),
}
FILES = (
    "net.safetensors",
    "own.toml",
    "run/config.toml",
    "net.onnx",
    "net.keras",
    "net.h5",
    "own.csv",
    "own.npz",
    "x_train.npy",
    "train-images-idx3-ubyte",
    "train.parquet",
    "classes.txt",
    "labels.csv",
)


def places() -> Iterator[Made]:
    """Other things in the place of a file."""
    for file in FILES:
        for name, make in PLACES.items():
            yield made(name, file, make)
    yield made("a socket", "own.csv", _socket)
    yield made("a socket", "net.safetensors", _socket)
    for file in ("net.safetensors", "own.csv", "own.toml", "own.npz"):
        yield made("a link to the good file", file, lambda path: path.symlink_to("good"), read=True)


def archive(members: list[tuple[str, bytes]], packed: bool = False) -> bytes:
    import warnings

    whole = io.BytesIO()
    with (
        zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as new,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, content in members:
            new.writestr(name, content)
    return whole.getvalue()
