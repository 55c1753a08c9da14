"""Tiny data sets that are published in the test's catalog only, laid out as the real ones are."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import zipfile
from dataclasses import replace

import numpy as np

from numnist.data.published.catalog import CATALOG
from numnist.data.published.records import PublishedArchive, PublishedFile

TRAINING, TEST = 60, 24  # pictures


def idx(array):
    """The bytes of an IDX file of uint8 or int32."""
    code = {"u1": 8, "i4": 12}[array.dtype.str[1:]]
    sizes = struct.pack(f">4B{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


def pictures(n, seed=0):
    """Upright pictures (n, 28, 28): a horizontal bar, a dot that differs, and noise so that they do not pack well."""
    x = np.random.default_rng(seed).integers(0, 60, (n, 28, 28)).astype(np.uint8)
    x[:, 5, 8:20] = 255
    x[np.arange(n), 10 + np.arange(n) % 10, 3] = 200
    return x


def labels(known, n):
    """Classes from 0, every one of them if n suffices."""
    return np.arange(n) % len(known.classes)


def stored(known, n, seed=0):
    """The contents of the file of pictures and of the file of labels, as this data set stores them."""
    x = pictures(n, seed)
    y = labels(known, n) + known.first_label
    if known.label_columns > 1:
        y = np.stack([y, *np.full((known.label_columns - 1, n), 7)], axis=1)
    x = np.ascontiguousarray(x.swapaxes(1, 2)) if known.transposed else x
    return idx(x), idx(y.astype(np.int32 if known.label_columns > 1 else np.uint8))


def contents(known, seed=0):
    """The four unpacked files by their published names."""
    each = [*stored(known, TRAINING, seed), *stored(known, TEST, seed + 1)]
    return {file.name: content for file, content in zip(known.files, each, strict=True)}


def packed(files):
    """The same as published."""
    return {name: gzip.compress(content, mtime=0) for name, content in files.items()}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def md5(content):
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def zipped(members):
    """A zip archive."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return memory.getvalue()


def publish(monkeypatch, name, **changes):
    """Put a tiny data set in the place of a real one, and return it with the contents of its packed files."""
    known = CATALOG[name]
    unpacked = contents(known)
    files = packed(unpacked)
    function = md5 if known.archive else sha256
    facts = tuple(PublishedFile(n, function(files[n]), len(unpacked[n])) for n in files)
    changes = {"files": facts, "sizes": (TRAINING, TEST), "validation": 10} | changes
    monkeypatch.setitem(CATALOG, name, replace(known, **changes))
    return CATALOG[name], files


def publish_emnist(monkeypatch, splits=("letters", "digits"), change=lambda members: members, mirrors=()):
    """Tiny EMNIST: the archive's content.  change: of its members, before its digest is recorded."""
    made = {f"emnist-{split}": publish(monkeypatch, f"emnist-{split}")[1] for split in splits}
    members = {f"gzip/{name}": content for files in made.values() for name, content in files.items()}
    content = zipped(change(members))
    archive = PublishedArchive("gzip.zip", sha256(content), len(content), "gzip/", "emnist")
    for name in made:
        changed = {"archive": archive, "mirrors": mirrors or CATALOG[name].mirrors}
        monkeypatch.setitem(CATALOG, name, replace(CATALOG[name], **changed))
    return content


def write(folder, files):
    """Write files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def cut(known, folder, test=True):
    """Write files that are not the published ones: half of the training pictures; with or without the test files."""
    each = [*stored(known, TRAINING // 2), *stored(known, TEST, seed=1)]
    files = {file.name: content for file, content in zip(known.files, each, strict=True)}
    return write(folder, packed(dict(list(files.items())[: 4 if test else 2])))
