"""The page's files as they are sent: each of page/, the joined ones, and all of them compressed, made once."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from numnist.serve.assets import modules, sheets

PAGE = Path(__file__).parents[1] / "page"
FOLDER = "/page/"  # its URL
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
PACKED = (".png",)  # compressed already


@dataclass(frozen=True)
class Asset:
    """A file: its bytes, the same compressed (None where that saves nothing), its type, and a hash of the bytes."""

    content: bytes
    packed: bytes | None
    type: str
    hash: str


def assets() -> dict[str, Asset]:
    """Every file of the page by its path below /page/; joined/main.css and joined/main.js are made of all the others.

    They are made anew when a file has changed: who works on the page reloads it, and no server has to start again.
    """
    return _made(tuple(sorted(_files(str(PAGE)))))


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, time of the last change, and size of each.  Every request looks, so it must be quick: pathlib is not."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith(tuple(TYPES)):
                found = entry.stat()
                yield entry.path, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1)
def _made(files: tuple[tuple[str, int, int], ...]) -> dict[str, Asset]:
    contents = {Path(path).relative_to(PAGE).as_posix(): Path(path).read_bytes() for path, _, _ in files}
    scripts, styles = (
        {name: content.decode() for name, content in contents.items() if name.endswith(kind)}
        for kind in (".js", ".css")
    )
    script = modules.joined(scripts, "main.js") + "//# sourceMappingURL=main.js.map\n"
    contents |= {
        "joined/main.css": sheets.joined(styles, "main.css").encode(),
        "joined/main.js": script.encode(),
        "joined/main.js.map": modules.source_map(scripts, "main.js", FOLDER).encode(),
    }
    return {name: _asset(name, content) for name, content in contents.items()}


def _asset(name: str, content: bytes) -> Asset:
    suffix = Path(name).suffix
    packed = None if suffix in PACKED else gzip.compress(content, mtime=0)
    if packed is not None and len(packed) >= len(content):
        packed = None
    return Asset(content, packed, TYPES[suffix], hashlib.sha256(content).hexdigest()[:32])
