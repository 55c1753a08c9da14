"""Damaged and hostile copies of a file, drawn at random: bytes of any kind, values where the structure is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

HUGE = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**40, 2**62, 2**63, 2**64 - 1)
WORDS = (  # in the place of one, in a text
    b"nan",
    b"-1",
    b"1e999",
    b"-0",
    b"9" * 400,
    b"9" * 5000,
    b"inf",
    b"0x10",
    b"null",
    b"true",
    b'"',
    b"''",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xff",
    b"[" * 3000,
    b"{" * 3000,
    b"a." * 2000,
    b"../../x",
    b"\x1b[2J",
    b"\r",
    b"\n" * 40,
    b"," * 900,
    b"\xe2\x80\xae",
    b"1_0",
    b"1979-05-27",
    b"0.1e-400",
    b"\\ud800",
    b"\\u0000",
)
ODD = (  # in the place of a value
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    3,
    255,
    256,
    4096,
    4097,
    2**31,
    2**63,
    2**64,
    10**30,
    10**400,
    -(2**63),
    0.5,
    -0.5,
    1e-320,
    1e300,
    float("nan"),
    float("inf"),
    "",
    "0",
    "x" * 300,
    "nan",
    "\x00",
    "\ud800",
    "\x1b[31m",
    "Conv2d",
    "Dense",
    "Sequential",
    "zeros",
    [],
    {},
    [[]],
    [0],
    [1, 2, 3],
    [-1, -1],
    {"type": "Dense"},
    {"type": "Flatten"},
    {"type": "Sequential", "layers": []},
)

Change = Callable[[bytes, random.Random, bytes], bytes]


def _span(data: bytes, draws: random.Random) -> tuple[int, int]:
    start = draws.randrange(len(data))
    return start, min(len(data), start + draws.choice((1, 2, 4, 8, 16, 64, 300, 3000)))


def flip(data: bytes, draws: random.Random, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(draws.choice((1, 1, 1, 2, 8))):
        changed[draws.randrange(len(data))] ^= 1 << draws.randrange(8)
    return bytes(changed)


def overwrite(data: bytes, draws: random.Random, other: bytes) -> bytes:
    start, end = _span(data, draws)
    return data[:start] + draws.randbytes(end - start) + data[end:]


def cut(data: bytes, draws: random.Random, other: bytes) -> bytes:
    return data[: draws.randrange(len(data))]


def behead(data: bytes, draws: random.Random, other: bytes) -> bytes:
    return data[draws.randrange(1, len(data) + 1) :]


def insert(data: bytes, draws: random.Random, other: bytes) -> bytes:
    start, end = _span(data, draws)
    return data[:start] + draws.choice((draws.randbytes(end - start), bytes(end - start))) + data[start:]


def double(data: bytes, draws: random.Random, other: bytes) -> bytes:
    start, end = _span(data, draws)
    return data[:end] + data[start:end] * draws.choice((1, 1, 2, 100)) + data[end:]


def zero(data: bytes, draws: random.Random, other: bytes) -> bytes:
    start, end = _span(data, draws)
    return data[:start] + bytes(end - start) + data[end:]


def remove(data: bytes, draws: random.Random, other: bytes) -> bytes:
    start, end = _span(data, draws)
    return data[:start] + data[end:]


def swap(data: bytes, draws: random.Random, other: bytes) -> bytes:
    a, b, c = sorted(draws.randrange(len(data) + 1) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def resize(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """What may be the size of something, made huge; or 0."""
    width = draws.choice((1, 2, 4, 8))
    near_start = draws.random() < 0.5
    start = draws.randrange(min(len(data), 200) if near_start else len(data))
    number = draws.choice(HUGE) & ((1 << 8 * width) - 1)
    return data[:start] + number.to_bytes(width, draws.choice(("little", "big"))) + data[start + width :]


def splice(data: bytes, draws: random.Random, other: bytes) -> bytes:
    return data[: draws.randrange(len(data) + 1)] + other[draws.randrange(len(other) + 1) :]


def word(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """One run of letters or digits replaced, as a text has them."""
    start = end = draws.randrange(len(data))
    while start and data[start - 1 : start].isalnum():
        start -= 1
    while end < len(data) and data[end : end + 1].isalnum():
        end += 1
    return data[:start] + draws.choice(WORDS) + data[end:]


def line(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """Lines taken out, doubled, or exchanged."""
    lines = data.splitlines(keepends=True)
    i, j = draws.randrange(len(lines)), draws.randrange(len(lines))
    act = draws.randrange(3)
    if act == 0:
        del lines[i]
    elif act == 1:
        lines.insert(j, lines[i])
    else:
        lines[i], lines[j] = lines[j], lines[i]
    return b"".join(lines)


CHANGES: tuple[Change, ...] = (
    flip,
    flip,
    overwrite,
    cut,
    behead,
    insert,
    double,
    zero,
    remove,
    swap,
    resize,
    resize,
    splice,
    word,
    line,
)


def mutant(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """A copy with one change, or a few.   other: a file from which a part may come"""
    for _ in range(draws.choice((1, 1, 1, 2, 3))):
        if data:
            data = draws.choice(CHANGES)(data, draws, other)
    return data


def odd_tree(tree: Any, draws: random.Random) -> Any:
    """A copy of tables and lists in which one value, or a few, is odd, missing, doubled, or another's."""
    for _ in range(draws.choice((1, 1, 2, 4))):
        tree = _odd(tree, draws, draws.choice([place for place, _ in _places(tree)]), tree)
    return tree


def _places(tree: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield place, tree
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield from _places(value, (*place, key))


def _odd(tree: Any, draws: random.Random, place: tuple[Any, ...], whole: Any) -> Any:
    if not place:
        act = draws.randrange(6)
        if act == 0 and isinstance(tree, list):
            return tree * draws.choice((2, 3, 500))
        if act == 1:
            return draws.choice([value for _, value in _places(whole)])
        if act == 2 and isinstance(tree, str) and tree:
            return mutant(tree.encode("utf-8", "replace"), draws, b"x").decode("utf-8", "replace")
        if act == 3 and type(tree) in (int, float):
            return draws.choice(
                (-tree, tree + 1, tree - 1, tree * 1000, tree * 10**12, float(tree % 2**1000), str(tree))
            )
        if act == 4:
            return [tree]
        return draws.choice(ODD)
    key, *rest = place
    copied = dict(tree) if isinstance(tree, dict) else list(tree)
    if not rest and draws.random() < 0.2:
        if isinstance(copied, dict) and draws.random() < 0.5:
            copied[draws.choice(("type", "units", "x", ""))] = copied.pop(key)
        else:
            del copied[key]
    else:
        copied[key] = _odd(copied[key], draws, tuple(rest), whole)
    return copied
