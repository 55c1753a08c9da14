"""Pictures whose pixels run from 0 to 16, or are 0 and 1, as pictures of 0..255."""

from __future__ import annotations

from dataclasses import replace

from numnist.data.dataset import RawDataset, Split
from numnist.data.pixels import full_range


def in_full_range(raw: RawDataset, where: str) -> RawDataset:
    """The same with all splits scaled alike, and a note, or as it is; see full_range."""
    there = [split for split in (raw.train, raw.test, raw.validation) if split is not None]
    pictures, notes = full_range([split.x for split in there])
    if not notes:
        return raw
    train, *others = (Split(x, split.labels) for split, x in zip(there, pictures))
    test = None if raw.test is None else others[0]
    kept = None if raw.validation is None else others[-1]
    return replace(raw, train=train, test=test, validation=kept, notes=(*raw.notes, *(f"{where}: {n}." for n in notes)))
