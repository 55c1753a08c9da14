"""Read pictures: each is prepared as the model's training pictures were, and many go through the network together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, repeat
from pathlib import Path
from typing import Any

import numpy as np

from numnist.data.form import in_own_form
from numnist.data.formats.image import read_picture
from numnist.data.picture_arrays import from_python
from numnist.data.pictures import Note, Picture, Unreadable
from numnist.data.rows import Rows
from numnist.ink.center import THRESHOLD
from numnist.ink.characters.prepare import prepare_characters
from numnist.ink.prepare import Ink, prepare
from numnist.model.model import Model, load_model
from numnist.model.reading import NONE, Reader, Reading, model_name
from numnist.nn.base import Array
from numnist.support.blas import one_blas_thread
from numnist.support.errors import DataError

BATCH = 1024  # pictures that go through the network together
PIXELS = 50_000_000  # that are read for one batch: after some photographs the first answers are due


def prepared(model: Model, path: Path) -> Array:
    """The picture in a file as the network sees it: (C, H, W).  Raises DataError for a blank picture."""
    ink = prepare(read_picture(path), model.preparation, model.in_shape)
    if ink.blank:
        raise DataError(f"{path}: nothing is drawn on this picture: give one that shows something.")
    return ink.picture.reshape(model.in_shape)


def read(
    model: Model | str | os.PathLike[str],
    pictures: Any,
    *,
    label_column: str | None = None,
    threads: int | None = None,
) -> list[Reading]:
    """Read one picture or many: what each shows, how probable that is, and whether the model is sure.

    A picture of several digits is read as a number, such as "2026"; `Reading.parts` has each of its digits.

        for reading in read("digits", "scans/"):
            print(reading.file, reading.label if reading.sure else "not sure")

    model     a Model, a model file, a run folder, or the name of a pretrained model
    pictures  a path: a picture file, a folder of them, a pattern such as "scans/*.png", or a CSV, IDX, NPZ or NPY file,
              whose labels are ignored.  Or an array: one picture (h, w), (h, w, 3) or (h, w, 4), or several (N, h, w),
              (N, h, w, 3), (N, 3, h, w) or (N, 784); uint8 0..255, float 0..1, or only 0 and 1.  Or an image of
              Pillow, the bytes of a picture file, or a list of any of these
    label_column  of a CSV file, where it does not tell by itself: "first", "last", or a name in its header
    threads   cores to use at most, all by default; the result does not depend on it

    Returns a Reading for each picture, in their order; also a single picture gives a list.  Pictures are of any size,
    dark on light or light on dark, and are prepared as the model's training pictures were; arrays and files of rows
    that are in the model's own form, such as MNIST's, stay as they are, and show one digit each.  They go through the
    network together, so the last digits of a probability may depend on which pictures come with it, as for
    `Model.predict_proba`.
    Raises DataError for what cannot be read, UsageError for an array that holds no pictures, ModelFileError.
    """
    if isinstance(model, Model):
        reader = Reader.of(model)
    else:
        name = os.fspath(model)
        reader = Reader.of(load_model(name), model_name(name))
    readings = []
    given = from_python(pictures, reader.model.in_shape, _silent, label_column)
    for reading in read_each(reader, given, _silent, threads):
        if isinstance(reading, Unreadable):
            raise DataError(reading.why)
        readings.append(reading)
    return readings


def read_each(
    reader: Reader, pictures: Iterable[Picture | Rows | Unreadable], note: Note, threads: int | None = None
) -> Iterator[Reading | Unreadable]:
    """The reading of each picture, or why there is none, in their order.  Only a batch of them is in memory.

    note: is told how the pictures of a file of rows are treated.
    """
    batches = _batches(_prepared(reader.model, pictures, note))
    while True:
        with one_blas_thread():  # more of them wait for each other longer than the small products of preparing take
            batch = next(batches, None)
        if batch is None:
            return
        yield from _read_batch(reader, batch, threads)


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A picture as the network takes it.   pixels: that had to be read for it"""

    ink: Ink
    preparation: str
    file: str | None
    row: int | None
    pixels: int

    @property
    def kind(self) -> tuple[str, Any]:
        """What pictures of a batch have in common."""
        return self.preparation, self.ink.picture.dtype


def _prepared(
    model: Model, pictures: Iterable[Picture | Rows | Unreadable], note: Note
) -> Iterator[_Prepared | Unreadable]:
    for given in pictures:
        if isinstance(given, Unreadable):
            yield given
        elif isinstance(given, Picture):
            yield _Prepared(_ink(model, given.pixels), model.preparation, given.file, None, given.pixels.size)
        else:
            own = in_own_form(given.x, model.in_shape, model.preparation)
            for text in (*given.notes, _treatment(given, own)):
                note(text)
            numbers = repeat(None) if given.file is None else count(1)
            for row, x in zip(numbers, given.x):
                ink = _as_it_is(model, x) if own else _ink(model, np.moveaxis(x, 0, 2))
                yield _Prepared(ink, NONE if own else model.preparation, given.file, row, 0)


def _batches(prepared: Iterable[_Prepared | Unreadable]) -> Iterator[list[_Prepared | Unreadable]]:
    """Pictures of one kind together, as many as BATCH and PIXELS allow, and what could not be read between them."""
    batch: list[_Prepared | Unreadable] = []
    kind, pixels = None, 0
    for each in prepared:
        other = isinstance(each, _Prepared) and kind not in (None, each.kind)
        if other or pixels >= PIXELS or len(batch) >= BATCH:
            yield batch
            batch, kind, pixels = [], None, 0
        batch.append(each)
        if isinstance(each, _Prepared):
            kind = each.kind
            pixels += each.pixels
    if batch:
        yield batch


def _read_batch(
    reader: Reader, batch: list[_Prepared | Unreadable], threads: int | None
) -> Iterator[Reading | Unreadable]:
    prepared = [each for each in batch if isinstance(each, _Prepared)]
    if prepared:
        readings = iter(reader.read_together([each.ink for each in prepared], threads, prepared[0].preparation))
    for each in batch:
        yield each if isinstance(each, Unreadable) else replace(next(readings), file=each.file, row=each.row)


def _ink(model: Model, pixels: Array) -> Ink:
    """The prepared picture, without the large pictures on the way to it."""
    return prepare_characters(pixels, model.preparation, model.in_shape, keep_stages=False)


def _as_it_is(model: Model, x: Array) -> Ink:
    """A picture in the model's own form, (C, H, W)."""
    unit = 255 if x.dtype == np.uint8 else 1
    blank = model.preparation == "digits" and float(x.max()) < THRESHOLD * unit
    return Ink(x, "light-on-dark", (0, 0, *x.shape[1:]), 1.0, (0, 0), blank)


def _treatment(rows: Rows, own: bool) -> str:
    """What people should know of a file of rows."""
    part = f"{rows.part} " if rows.part else ""
    how = "in the model's own form, used as they are" if own else "prepared as the model's training pictures were"
    labels = "; its labels are ignored: numnist evaluate counts how many are right" if rows.labelled else ""
    return f"{rows.file}: {len(rows.x):,} {part}pictures, {how}{labels}"


def _silent(text: str) -> None:
    pass
