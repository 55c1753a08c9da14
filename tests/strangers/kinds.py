"""Every kind of file that numnist opens and that may come from a stranger: a small good one, and how people open it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import resource
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from numnist.data.dataset import Dataset
from numnist.data.load import load
from numnist.experiment.recipe import load_recipe
from numnist.experiment.run import Run
from numnist.model.model import Model, load_model
from numnist.support.errors import DataError, ModelFileError, NumnistError, UsageError
from numnist.training.state import load_checkpoint, save_checkpoint
from tests.strangers.mutants import mutant, odd_tree

IMPORTING = Path(__file__).parents[1] / "importing"
Bytes = Callable[[bytes], bytes]


def as_it_is(data: bytes) -> bytes:
    return data


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    file: its name in a folder;  make: fills a folder;  open: opens what is in the folder, and tells what was read;
    errors: of the only types that it may raise;  hashed: whether changed data can be told;  needs: a package;
    unpack, pack: what of the file is changed, and the file around it;  change: a changed copy of that;
    folder: whether it is enough that a message names the folder;  apart: how people open it, where that is done in a
    process that may be killed, and `open` does it in this one.
    """

    name: str
    file: str
    make: Callable[[Path], None]
    open: Callable[[Path], str]
    errors: tuple[type[NumnistError], ...]
    hashed: bool = False
    needs: str | None = None
    unpack: Bytes = as_it_is
    pack: Bytes = as_it_is
    change: Callable[[bytes, random.Random, bytes], bytes] = mutant
    folder: bool = False
    apart: Callable[[Path], str] | None = None

    @property
    def there(self) -> bool:
        """Whether the package that reads it is."""
        return self.needs is None or find_spec(self.needs) is not None

    def inside(self, folder: Path) -> bytes:
        """Of the good file, what is changed."""
        made = folder / f"{self.file}.good"
        if not made.exists():
            made.write_bytes((folder / self.file).read_bytes())
        return self.unpack(made.read_bytes())

    def put(self, folder: Path, inside: bytes) -> None:
        (folder / self.file).write_bytes(self.pack(inside))

    def size(self, folder: Path, inside: bytes) -> int:
        """The bytes of the file."""
        return len(inside)

    def names(self, folder: Path, said: str) -> bool:
        """Whether a message names the file."""
        return str(folder / self.file) in said or (self.folder and folder.name in said)


def digest(*things: Any) -> str:
    seen = hashlib.sha256()
    for thing in things:
        if isinstance(thing, np.ndarray):
            seen.update(f"{thing.dtype}{thing.shape}".encode() + thing.tobytes())
        else:
            seen.update(repr(thing).encode())
    return seen.hexdigest()[:16]


def of_model(model: Model) -> str:
    normal = model.normalization
    assert np.isfinite(model.theta).all()
    assert np.isfinite(normal.mean).all()
    assert np.isfinite(normal.std).all()
    assert (normal.std > 0).all()
    return digest(
        model.weights_sha256, model.network, model.in_shape, model.classes, model.preparation, model.background,
        normal.kind, normal.mean, normal.std, sorted(model.about.items(), key=str),
    )  # fmt: skip


def of_data(data: Dataset) -> str:
    splits = (data.train, data.validation, data.test)
    return digest(data.classes, data.preparation, *(array for split in splits for array in (split.x, split.labels)))


# Models and checkpoints


def make_model(folder: Path) -> None:
    from tests.small import CONV, dataset

    model = Model(CONV, dataset())
    model.about = {"result": {"test_accuracy": 0.5, "epochs": 3}, "recipe": {"name": "a", "epochs": 3}}
    model.save(folder / "net.safetensors")


def open_model(folder: Path) -> str:
    return of_model(load_model(folder / "net.safetensors"))


def make_run(folder: Path) -> None:
    from tests.experiment.small_runs import RECIPE
    from tests.small import dataset

    run = Run.create(RECIPE, dataset(), folder / "run")
    events = run.events(threads=1)
    for _ in range(6):  # into its second epoch
        next(events)
    events.close()


def open_checkpoint(folder: Path) -> str:
    from tests.experiment.small_runs import RECIPE

    model, state = load_checkpoint(folder / "run/last.safetensors", RECIPE)
    counters = {name: value for name, value in vars(state).items() if not isinstance(value, np.ndarray | dict)}
    return digest(of_model(model), *state.vectors().values(), sorted(counters.items()))


def save_again(folder: Path) -> None:
    """A checkpoint must be good enough to be written again."""
    from tests.experiment.small_runs import RECIPE

    model, state = load_checkpoint(folder / "run/last.safetensors", RECIPE)
    save_checkpoint(folder / "again.safetensors", model, state)


def open_run(folder: Path) -> str:
    """What `resume` goes on with, but what it may change."""
    from tests.small import dataset

    run = Run.open(folder / "run", dataset())
    recipe = replace(run.recipe, epochs=9, dataset="any", name="any", title="any").to_dict()
    run.model.about = {}  # which is made of the recipe
    return digest(_floats(recipe), of_model(run.model), *run.state.vectors().values(), run.state.step)


def _floats(tree: Any) -> Any:
    """With 0 written as 0.0, which is the same."""
    if isinstance(tree, dict):
        return {name: _floats(value) for name, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_floats(value) for value in tree]
    return float(tree) if type(tree) is int else tree


def parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """A .safetensors file's header and what follows it."""
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + size]), data[8 + size :]


def together(header: Any, data: bytes) -> bytes:
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def forge(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """What the metadata says is odd, and its hash is right."""
    from safetensors.numpy import load as tensors

    from numnist.model.file import sha256

    header, rest = parts(data)
    about = odd_tree(json.loads(header["__metadata__"]["numnist"]), draws)
    arrays = tensors(data)
    if isinstance(about, dict):
        try:
            about["sha256"] = sha256(json.loads(json.dumps(about)), arrays)
        except (TypeError, ValueError, RecursionError):
            pass
    header["__metadata__"]["numnist"] = json.dumps(about)
    return together(header, rest)


def odd_header(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """The header of a .safetensors file is odd, and of the length that it says."""
    header, rest = parts(data)
    return together(odd_tree(header, draws), rest)


# Recipes


RECIPES = ("cnn28", "deep-mlp", "fashion", "digits")


def make_recipe(folder: Path) -> None:
    import tomli_w

    (folder / "own.toml").write_text(tomli_w.dumps(load_recipe("digits").to_dict()), "utf-8")


def open_recipe(folder: Path) -> str:
    recipe = load_recipe(folder / "own.toml")
    load_again = type(recipe).from_dict(recipe.to_dict())
    assert repr(load_again) == repr(recipe)
    return digest(recipe)


def odd_toml(data: bytes, draws: random.Random, other: bytes) -> bytes:
    import tomllib

    import tomli_w

    while True:
        try:
            tree = odd_tree(tomllib.loads(data.decode()), draws)
            return tomli_w.dumps(tree).encode("utf-8", "surrogatepass")
        except (TypeError, ValueError, AttributeError, RecursionError):  # what TOML cannot say
            continue


# Models of other programs


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


# Data


def digits(count: int = 24) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (count, 8, 8), dtype=np.uint8), (np.arange(count) % 3).astype(np.uint8)


def opens_data(name: str = "") -> Callable[[Path], str]:
    return lambda folder: of_data(load(str(folder / name)))


def csv(header: bool = True, words: bool = False) -> Callable[[Path], bytes]:
    def text(folder: Path) -> bytes:
        x, y = digits()
        lines = ["label," + ",".join(f"pixel{i}" for i in range(64))] if header else []
        names = ["ant", '"bee, the"', "cat"]
        lines += [f"{names[k] if words else k}," + ",".join(map(str, each.ravel())) for each, k in zip(x, y)]
        return "\n".join(lines).encode() + b"\n"

    return text


def writes(name: str, content: Callable[[Path], bytes]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / name).write_bytes(content(folder))

    return make


def idx(array: Any) -> bytes:
    codes = {"u1": 8, "f4": 13}
    head = bytes([0, 0, codes[array.dtype.str[1:]], array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


def make_idx(folder: Path) -> None:
    x, y = digits()
    (folder / "train-images-idx3-ubyte").write_bytes(idx(x))
    (folder / "train-labels-idx1-ubyte").write_bytes(idx(y))


def make_idx_gz(folder: Path) -> None:
    x, y = digits()
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(x)))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(y)))


def npz(folder: Path) -> bytes:
    x, y = digits()
    file = io.BytesIO()
    np.savez(file, x_train=x, y_train=y, x_test=x[:6], y_test=y[:6])
    return file.getvalue()


def own_npz(folder: Path) -> bytes:
    from numnist.data.formats.npz import write_npz
    from tests.small import dataset

    write_npz(folder / "own.npz", dataset(24, 6))
    return (folder / "own.npz").read_bytes()


def npy(folder: Path) -> bytes:
    x, y = digits()
    np.save(folder / "y_train.npy", y)
    file = io.BytesIO()
    np.save(file, x)
    return file.getvalue()


def npz_around(inside: bytes) -> bytes:
    """An archive whose training pictures are this array."""
    x, y = digits()
    whole, labels = io.BytesIO(), io.BytesIO()
    np.save(labels, y)
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("x_train.npy", inside)
        archive.writestr("y_train.npy", labels.getvalue())
    return whole.getvalue()


def parquet(folder: Path) -> bytes:
    import pyarrow as pa
    from PIL import Image
    from pyarrow import parquet as files

    x, y = digits(9)
    images = []
    for each in x:
        file = io.BytesIO()
        Image.fromarray(each).save(file, "PNG")
        images.append({"bytes": file.getvalue(), "path": None})
    table = pa.table({"image": images, "label": y.tolist()})
    features = {"image": {"_type": "Image"}, "label": {"names": ["ant", "bee", "cat"], "_type": "ClassLabel"}}
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    out = io.BytesIO()
    files.write_table(table, out, compression="none")
    return out.getvalue()


def make_listing(folder: Path) -> None:
    from PIL import Image

    x, y = digits(9)
    for i, each in enumerate(x):
        Image.fromarray(each).save(folder / f"{i}.png")
    (folder / "labels.csv").write_text("file,label\n" + "".join(f"{i}.png,{'abc'[k]}\n" for i, k in enumerate(y)))


def make_classes(folder: Path) -> None:
    make_idx(folder)
    (folder / "classes.txt").write_text("ant\nbee\ncät\n", "utf-8")


MODEL, DATA = (ModelFileError,), (DataError,)
KERAS = Path("keras/files/norms.keras")
KINDS = (
    Kind("model", "net.safetensors", make_model, open_model, MODEL, hashed=True),
    Kind("model with a right hash", "net.safetensors", make_model, open_model, MODEL, change=forge),
    Kind("model's header", "net.safetensors", make_model, open_model, MODEL, hashed=True, change=odd_header),
    Kind("checkpoint", "run/last.safetensors", make_run, open_checkpoint, MODEL, hashed=True),
    Kind("checkpoint with a right hash", "run/last.safetensors", make_run, open_checkpoint, MODEL, change=forge),
    Kind("config.toml", "run/config.toml", make_run, open_run, (ModelFileError, UsageError, DataError), hashed=True, folder=True),
    Kind("config.toml's fields", "run/config.toml", make_run, open_run, (ModelFileError, UsageError, DataError), hashed=True, change=odd_toml, folder=True),
    Kind("recipe", "own.toml", make_recipe, open_recipe, (UsageError,)),
    Kind("recipe's fields", "own.toml", make_recipe, open_recipe, (UsageError,), change=odd_toml),
    Kind("onnx of Keras", "net.onnx", copy(Path("files/keras_plain.onnx"), "net.onnx"), imported("net.onnx"), MODEL, needs="onnx"),
    Kind("onnx of numnist", "net.onnx", make_onnx, imported("net.onnx"), MODEL, needs="onnx"),
    Kind("onnx's fields", "net.onnx", copy(Path("files/keras_flattened.onnx"), "net.onnx"), imported("net.onnx"), MODEL, needs="onnx", change=odd_onnx),
    Kind("onnx of numnist, its fields", "net.onnx", make_onnx, imported("net.onnx"), MODEL, needs="onnx", change=odd_onnx),
    Kind(".keras", "net.keras", copy(KERAS, "net.keras"), here("net.keras"), MODEL, needs="h5py", apart=imported("net.keras")),
    Kind(".keras, its weights", "net.keras", copy(KERAS, "net.keras"), here("net.keras"), MODEL, needs="h5py",
         unpack=member("model.weights.h5"), pack=keras_around("model.weights.h5", KERAS), apart=imported("net.keras")),
    Kind(".keras, its description", "net.keras", copy(KERAS, "net.keras"), here("net.keras"), MODEL, needs="h5py",
         unpack=member("config.json"), pack=keras_around("config.json", KERAS), change=odd_json, apart=imported("net.keras")),
    Kind(".h5", "net.h5", copy(Path("keras/files/adapted.h5"), "net.h5"), here("net.h5"), MODEL, needs="h5py", apart=imported("net.h5")),
    Kind("torch's weights", "net.safetensors", make_torch, imported("net.safetensors"), MODEL),
    Kind("torch's weights, what they say", "net.safetensors", make_torch, imported("net.safetensors"), MODEL, change=odd_torch),
    Kind("torch's weights, their header", "net.safetensors", make_torch, imported("net.safetensors"), MODEL, change=odd_header),
    Kind("csv", "own.csv", writes("own.csv", csv()), opens_data("own.csv"), DATA),
    Kind("csv without a header", "own.csv", writes("own.csv", csv(header=False)), opens_data("own.csv"), DATA),
    Kind("csv with words", "own.csv", writes("own.csv", csv(words=True)), opens_data("own.csv"), DATA),
    Kind("csv.gz", "own.csv.gz", writes("own.csv.gz", lambda f: gzip.compress(csv()(f))), opens_data("own.csv.gz"), DATA),
    Kind("list of pictures", "labels.csv", make_listing, opens_data(), DATA, folder=True),
    Kind("idx", "train-images-idx3-ubyte", make_idx, opens_data(), DATA, folder=True),
    Kind("idx of labels", "train-labels-idx1-ubyte", make_idx, opens_data(), DATA, folder=True),
    Kind("idx.gz", "train-images-idx3-ubyte.gz", make_idx_gz, opens_data(), DATA, folder=True),
    Kind("idx.gz, packed anew", "train-images-idx3-ubyte.gz", make_idx_gz, opens_data(), DATA, folder=True,
         unpack=gzip.decompress, pack=lambda data: gzip.compress(data, 1)),
    Kind("npz", "own.npz", writes("own.npz", npz), opens_data("own.npz"), DATA),
    Kind("npz of numnist", "own.npz", writes("own.npz", own_npz), opens_data("own.npz"), DATA),
    Kind("npz, an array in it", "own.npz", writes("own.npz", npz), opens_data("own.npz"), DATA,
         unpack=member("x_train.npy"), pack=npz_around),
    Kind("npy", "x_train.npy", writes("x_train.npy", npy), opens_data("x_train.npy"), DATA, folder=True),
    Kind("parquet", "train.parquet", writes("train.parquet", parquet), opens_data("train.parquet"), DATA, needs="pyarrow"),
    Kind("classes.txt", "classes.txt", make_classes, opens_data(), DATA, folder=True),
)  # fmt: skip
