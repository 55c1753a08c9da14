"""Whether Python and the page read a picture alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from numnist.ink.characters.prepare import prepare_characters
from numnist.ink.prepare import Ink
from numnist.model.reading import Reader

# Sums of float32 products in another order, through seven layers and a softmax; 5e-7 is the most that 630 pictures had.
CLOSE = 1e-5


def differences(reader: Reader, picture: Any, answer: Any) -> list[str]:
    """What differs, in words.   answer: the page's, as `Script.read` returns it"""
    ink = prepare_characters(picture, reader.model.preparation, reader.model.in_shape)
    reading = reader.read(ink)
    found = _of_inks("", ink, answer["ink"])
    for name in ("label", "sure", "blank", "clear", "unknown"):
        if getattr(reading, name) != answer[name]:
            found.append(f"{name}: {getattr(reading, name)} is {answer[name]}")
    if [list(part.box) for part in reading.parts] != [part["ink"]["box"] for part in answer["parts"]]:
        return [*found, f"parts: {[part.box for part in reading.parts]}"]
    for part, other in zip(reading.parts, answer["parts"], strict=True):
        # of the pixels that the page has: they may differ by a grey level
        x = np.array(other["ink"]["planes"], np.uint8).reshape(1, *reader.model.in_shape)
        apart = np.abs(reader.model.predict_proba(x, threads=1)[0] - other["probs"]).max()
        if not apart <= CLOSE:
            found.append(f"probabilities are {apart:.1e} apart")
        if (part.label, part.sure, part.unknown) != (other["label"], other["sure"], other["unknown"]):
            found.append(f"part {part.label}: {other['label']}, sure {other['sure']}, unknown {other['unknown']}")
    return found


def _of_inks(where: str, ink: Ink, other: Any) -> list[str]:
    """What differs in the preparation: box, shift and polarity are equal, greys to the last level."""
    light = ink.polarity == "light-on-dark"
    found = [
        f"{where}{name}: {mine} is {theirs}"
        for name, mine, theirs in (
            ("box", list(ink.box), other["box"]),
            ("shift", list(ink.shift), other["shift"]),
            ("light", light, other["light"]),
            ("clear", ink.clear, other["clear"]),
            ("characters", len(ink.characters), len(other["characters"])),
        )
        if mine != theirs
    ]
    # a level that is half way between two whole ones is rounded by the last bit of a sum, whose order BLAS chooses
    apart = np.abs(ink.picture.astype(int).ravel() - np.concatenate(other["planes"])).max()
    if apart > 1:
        found.append(f"{where}greys are {apart} apart")
    if abs(ink.scale / other["scale"] - 1) > 1e-12:  # one division's rounding
        found.append(f"{where}scale: {ink.scale} is {other['scale']}")
    halves = ink.halves()
    if len(halves) != len(other["halves"]):
        found.append(f"{where}halves: {len(halves)} are {len(other['halves'])}")
    for i, (mine, theirs) in enumerate([*zip(ink.characters, other["characters"]), *zip(halves, other["halves"])]):
        found += _of_inks(f"{where}{i}.", mine, theirs)
    return found
