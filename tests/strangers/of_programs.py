"""Models of other programs: small good files, and changes of what they say."""

from __future__ import annotations

import io
import json
import random
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numnist.model.model import Model
from tests.strangers.kind import IMPORTING, Bytes, digest, of_model
from tests.strangers.mutants import mutant, odd_tree
from tests.strangers.of_models import parts, together


def copy(path: Path, name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / name).write_bytes((IMPORTING / path).read_bytes())

    return make


def imported(name: str) -> Callable[[Path], str]:
    def open_it(folder: Path) -> str:
        from numnist.importing.formats import import_model

        model = import_model(folder / name).model
        about = model.about.pop("imported", {})
        return digest(of_model(model), sorted(about))

    return open_it


def here(name: str) -> Callable[[Path], str]:
    """As `imported`, for Keras: HDF5 reads in this process, whose end is seen, instead of one of its own."""

    def open_it(folder: Path) -> str:

        from numnist.importing.imported import Wanted
        from numnist.importing.keras import apart, read

        def read_here(path: Path) -> tuple[Any, Any]:
            allowed = resource.getrlimit(resource.RLIMIT_AS)
            apart.limit_memory(path.stat().st_size)
            try:
                return apart.received(apart.sent(path), path)
            finally:
                resource.setrlimit(resource.RLIMIT_AS, allowed)

        whole, read.read_apart = read.read_apart, read_here
        try:
            return of_model(read.read_keras(folder / name, Wanted()).model)
        finally:
            read.read_apart = whole

    return open_it


def make_onnx(folder: Path) -> None:
    from numnist.export.exported import Exported
    from numnist.export.onnx.write import onnx_bytes
    from tests.small import CONV, dataset

    (folder / "net.onnx").write_bytes(onnx_bytes(Exported.of(Model(CONV, dataset()))))


def odd_onnx(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """One field of the message, or a few, are odd."""
    import onnx

    model = onnx.load_from_string(data)
    for _ in range(draws.choice((1, 1, 2, 3))):
        try:
            _odd_message(model, draws)
        except (TypeError, ValueError, AttributeError):
            continue
    return bytes(model.SerializeToString())


def _odd_message(message: Any, draws: random.Random) -> None:
    while True:
        fields = message.ListFields()
        if not fields:
            return
        field, value = draws.choice(fields)
        inner = field.message_type is not None
        if not hasattr(value, "append") and not hasattr(value, "add"):  # one
            if inner and draws.random() < 0.9:
                message = value
                continue
            if inner or draws.random() < 0.2:
                message.ClearField(field.name)
                return
            old = value
            if isinstance(old, bytes):
                new: Any = mutant(old, draws, b"abc") if old else b"x"
            elif isinstance(old, str):
                new = draws.choice(("", "x", "\x00", "Conv", "Relu", old + old, "input", "N"))
            else:
                new = draws.choice((0, 1, -1, 2, 7, 2**31 - 1, 2**62, -(2**62), old + 1, old - 1, 10**6))
                new = type(old)(new)
            setattr(message, field.name, new)
            return
        at = draws.randrange(len(value))
        if inner and draws.random() < 0.8:
            message = value[at]
            continue
        act = draws.randrange(4)
        if act == 0:
            del value[at]
        elif act == 1:
            value.extend([value[at]] * draws.choice((1, 2, 300)))
        elif act == 2 and not inner and isinstance(value[at], int | float):
            value[at] = type(value[at])(
                draws.choice((0, 1, -1, 2, 2**31 - 1, 2**62, -(2**62), value[at] + 1, value[at] * 1000))
            )
        elif act == 2 and not inner:
            value[at] = type(value[at])(value[draws.randrange(len(value))])
        else:
            items = list(value)
            draws.shuffle(items)
            del value[:]
            value.extend(items)
        return


def make_torch(folder: Path) -> None:
    from numnist.export.exported import Exported
    from numnist.export.torch.write import folder as exported
    from tests.small import CONV, dataset

    (folder / "net.safetensors").write_bytes(exported(Exported.of(Model(CONV, dataset())))["weights.safetensors"])


def odd_torch(data: bytes, draws: random.Random, other: bytes) -> bytes:
    header, rest = parts(data)
    (name,) = header["__metadata__"]
    header["__metadata__"][name] = json.dumps(odd_tree(json.loads(header["__metadata__"][name]), draws))
    return together(header, rest)


def member(name: str) -> Bytes:
    """Of a zip one file."""
    return lambda data: zipfile.ZipFile(io.BytesIO(data)).read(name)


def keras_around(name: str, path: Path) -> Bytes:
    """A .keras file with another file of this name inside."""
    with zipfile.ZipFile(IMPORTING / path) as archive:
        others = {each: archive.read(each) for each in archive.namelist() if each != name}

    def pack(inside: bytes) -> bytes:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w") as new:
            for each, content in (others | {name: inside}).items():
                new.writestr(each, content)
        return whole.getvalue()

    return pack


def odd_json(data: bytes, draws: random.Random, other: bytes) -> bytes:
    return json.dumps(odd_tree(json.loads(data), draws)).encode("utf-8", "surrogatepass")
