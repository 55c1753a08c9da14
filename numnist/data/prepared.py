"""Pictures of people's own, prepared as a model's training pictures were.

A model that was trained on MNIST classifies a person's picture after it was prepared like MNIST (see ink/prepare.py).
The same must hold for a person's data set wherever it meets the model, or the two would disagree on the same file.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from numnist.data.dataset import RawDataset, Split
from numnist.data.form import in_own_form
from numnist.data.read_options import ReadOptions
from numnist.ink.prepare import prepare


def prepared(raw: RawDataset, options: ReadOptions, where: str) -> RawDataset:
    """The same pictures in the form of `options.preparation`; as they are if none is asked for, or they have it.

    Folders of pictures are prepared while they are read.
    """
    wanted = options.preparation
    if wanted is None:
        if options.size in (None, raw.train.x.shape[2:]):
            return raw
        wanted = "plain"
    if _has_form(raw, options, wanted):
        return replace(raw, preparation=wanted)
    if wanted == "plain" and options.size in (None, raw.train.x.shape[2:]):
        return replace(raw, preparation=raw.preparation or wanted)
    note = f"{where}: each picture is prepared as {wanted}" + (", which resizes it." if wanted == "plain" else ".")
    return replace(
        raw,
        train=_prepare_all(raw.train, wanted, options.size),
        validation=None if raw.validation is None else _prepare_all(raw.validation, wanted, options.size),
        test=None if raw.test is None else _prepare_all(raw.test, wanted, options.size),
        preparation=wanted,
        notes=(*raw.notes, note),
    )


def _has_form(raw: RawDataset, options: ReadOptions, wanted: str) -> bool:
    """Whether these pictures have this form already, as numnist predict finds out too."""
    if raw.preparation not in (None, "plain"):
        return wanted == raw.preparation
    C, H, W = raw.train.x.shape[1:]
    shape = (1, *(options.size or (28, 28))) if wanted == "digits" else (C, *(options.size or (H, W)))
    return in_own_form(raw.train.x, shape, wanted)


def _prepare_all(split: Split, preparation: str, size: tuple[int, int] | None) -> Split:
    C, H, W = split.x.shape[1:]
    C = 1 if preparation == "digits" else C
    shape = C, *(size or ((28, 28) if preparation == "digits" else (H, W)))
    x = np.empty((len(split), *shape), np.uint8)
    for i, picture in enumerate(split.x):
        x[i] = prepare(picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0), preparation, shape).picture
    return Split(x, split.labels)
