"""Models and recipes that somebody makes on purpose."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.strangers.made import Made, made, of_good, put
from tests.strangers.of_models import parts, together


def tensors(header: Any, data: bytes = b"") -> bytes:
    return together(header, data)


def with_header(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def changed(data: bytes) -> bytes:
        header, rest = parts(data)
        change(header)
        return together(header, rest)

    return of_good(changed)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 99_000_000))
        file.truncate(10 << 30)


def _doubled_names(data: bytes) -> bytes:
    header, rest = parts(data)
    text = json.dumps(header)
    text = text[:-1] + ', "0.w": ' + json.dumps(header["0.w"]) + "}"
    return struct.pack("<Q", len(text)) + text.encode() + rest


def models() -> Iterator[Made]:
    here = "net.safetensors"
    yield made(
        "tensors that overlap",
        here,
        put(tensors({name: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for name in "ab"}, bytes(8))),
    )
    yield made("a header of 2⁶³ bytes", here, put(struct.pack("<Q", 2**63) + b"{}"))
    yield made("a header that is nested", here, put(struct.pack("<Q", 200_000) + b'{"a":' + b"[" * 199_995))
    yield made("a shape below 0", here, with_header(lambda header: header["0.w"].update(shape=[-6, -1, 3, 3])))
    yield made("a shape of 2⁶³ and 0", here, with_header(lambda header: header["0.w"].update(shape=[0, 2**63])))
    yield made("a tensor that is there twice", here, of_good(_doubled_names), read=True)
    yield made("10 GB of nothing", here, _sparse)
    yield made(
        "100,000 tensors",
        here,
        put(tensors({f"t{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(100_000)})),
    )


def recipes() -> Iterator[Made]:
    head = b'dataset = "mnist"\n'
    texts: dict[str, bytes] = {
        "lists in lists": b"network = " + b"[" * 100_000,
        "tables in tables": b"network = " + b"{a=" * 60_000,
        "a key of 60,000 parts": b".".join([b"a"] * 60_000) + b" = 1\n",
        "a key of 20,000 parts in quotes": b".".join([b'"a"'] * 20_000) + b" = 1\n",
        "a key of 30,000 parts in a table": b"x = {" + b".".join([b"a"] * 30_000) + b" = 1}\n",
        "a number of 10,000 digits": head + b"seed = " + b"9" * 10_000 + b"\n",
        "a number of 5,000 hexadecimal digits": head + b"seed = 0x" + b"F" * 5000 + b"\n",
        "a number that no float holds": head + b"l2 = 1" + b"0" * 400 + b"\n",
        "a key twice": head + b"seed = 1\nseed = 2\n",
        "a rate that is not a number": head + b"seed = nan\n",
        "half a character": head + b'title = "\\ud800"\n',
        "UTF-16": head.decode().encode("utf-16"),
        "10 MB of comments": b"# and so on\n" * 900_000,
        "5,000 layers": head + b'network = [{type="ReLU"}' + b',{type="ReLU"}' * 5000 + b"]\n",
        "layers in layers": head + b'network = [{type="Sequential", layers=[' * 400 + b"]}]" * 400,
        "a name of 100,000 letters": head + b"x" * 100_000 + b" = 1\n",
        "a type that is Python": head + b'network = [{type="__import__"}]\n',
    }
    for name, text in texts.items():
        yield made(name, "own.toml", put(text))
