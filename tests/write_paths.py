"""Everything of numnist's that writes files, and how to see that what it has left is whole."""

from __future__ import annotations

import io
import json
import shutil
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from numnist import load, load_model
from numnist.cli import main
from numnist.data.strokes.drawing import draw

DATA = "digits.npz"
TRAINING = ("mlp-quick", "--dataset", DATA, "--batch-size", "64", "--threads", "1")
SWEPT = ("mlp-quick", "--dataset", DATA, "--threads", "1", "--jobs", "1", "--set", "batch_size=64")
UNFINISHED = (".part", ".numnist-new", ".numnist-lock", "lock", ".claim", ".owner")


@dataclass(frozen=True)
class WritePath:
    """A command, or what the server does.

    do(): in the folder; returns an exit code.   needs: what lies there before, of `prepare`.   again(): after a
    failure, with a healthy disk; `do` where it is None.   numbered: whether files get the next number that is free.
    """

    name: str
    do: Callable[[], int]
    needs: tuple[str, ...] = ()
    again: Callable[[], int] | None = None
    numbered: bool = False


def command(*words: str) -> Callable[[], int]:
    return partial(main, words)


def train_or_resume() -> int:
    if Path("run").exists():
        return main(("resume", "run", "--threads", "1"))
    return main(("train", *TRAINING, "--epochs", "2", "--run", "run"))


def keep_drawing() -> int:
    """As the server does with two drawings that a page keeps."""
    from numnist.serve.state.drawings import DrawingStore

    store, picture = DrawingStore(Path("kept")), np.full((28, 28), 7, np.uint8)
    for label in ("3", "3"):
        store.keep(load_model("run"), label, picture, "0123456789abcdef")
    return 0


def keep_run() -> int:
    """As the server does with a training that is kept."""
    from numnist.experiment.recipe import read_recipe
    from numnist.serve.training.request import TrainingRequest
    from numnist.serve.training.trainer import Trainer

    request = TrainingRequest(read_recipe(Path("run/config.toml")).override(epochs=1))
    trainer = Trainer("a", request, lambda _: load(DATA), Path("runs"), lambda: 0.0, "page", 1)
    trainer._work()  # in this thread
    failed = [event for event in trainer.feed.since(0) if event.kind == "failed"] if trainer.result is None else []
    if failed:
        raise OSError(str(failed[0]))
    trainer.keep(Path("runs/kept"))
    return 0


def as_command(function: Callable[[], int]) -> Callable[[], int]:
    """What a function of the library does, with the command line's words for its errors."""
    from numnist.cli import report_error

    def run() -> int:
        try:
            return function()
        except Exception as error:
            return report_error(error)

    return run


def _export(ending: str) -> WritePath:
    name = f"net.{ending}"
    return WritePath(f"export .{ending}", command("export", "run", "--to", name, "--force"), ("run", name))


def paths() -> list[WritePath]:
    """All; those of packages that are not installed are left out."""
    found = [
        WritePath("train", train_or_resume, (DATA,)),
        WritePath("resume", command("resume", "run", "--epochs", "3", "--threads", "1"), (DATA, "run")),
        WritePath("sweep", command("sweep", *SWEPT, "--seed", "0", "1", "--epochs", "1", "--run", "sweep"), (DATA,)),
        WritePath("report", command("report", "run", "--threads", "1"), (DATA, "run")),
        *map(_export, ("html", "py", "h", "torch")),
        WritePath("card", command("card", "run", "--to", "README.md", "--force"), ("run", "README.md")),
        WritePath("exercise", command("exercise", "adam-step", "--out", "adam.py", "--force")),
        WritePath("data import", command("data", "import", DATA, "--name", "mine", "--force"), (DATA, "cache")),
        WritePath("model", as_command(lambda: load_model("run").save("net.safetensors") or 0),
                  ("run", "net.safetensors")),
        WritePath("drawings", as_command(keep_drawing), ("run",), numbered=True),
        WritePath("training on the page", as_command(keep_run), (DATA, "run")),
    ]  # fmt: skip
    if find_spec("matplotlib"):
        words = ("show", "history", "run", "--out", "history.png", "--force")
        found.append(WritePath("figure", command(*words), ("run", "history.png")))
    if find_spec("onnx"):
        found.append(_export("onnx"))
        words = ("import", "net.onnx", "--to", "net.safetensors", "--force")
        found.append(WritePath("import", command(*words), ("net.onnx", "net.safetensors")))
    if find_spec("optuna"):
        words = ("sweep", *SWEPT, "--search", "2", "--epochs", "1", "--run", "search")
        found.append(WritePath("search", command(*words), (DATA,)))
    return found


def write_data(folder: Path) -> None:
    x, labels = draw(150, seed=5)
    np.savez(folder / DATA, x_train=x[:120], y_train=labels[:120], x_test=x[120:], y_test=labels[120:])


def prepare(folder: Path) -> None:
    """Make in a folder, which is the current one, all that the paths need, from older models."""
    x, labels = draw(120, seed=6)
    write_data(folder)
    np.savez(folder / "older.npz", x_train=x, y_train=labels)
    for words in (
        ("train", *TRAINING, "--epochs", "2", "--seed", "8", "--run", "older"),
        *(("export", "older", "--to", f"net.{end}") for end in ("html", "py", "h", "torch")),
        ("card", "older", "--to", "README.md"),
        ("data", "import", "older.npz", "--name", "mine"),
        *((("export", "older", "--to", "net.onnx"),) if find_spec("onnx") else ()),
        *((("show", "history", "older", "--out", "history.png"),) if find_spec("matplotlib") else ()),
        ("train", *TRAINING, "--epochs", "1", "--seed", "9", "--run", "run"),
    ):
        if code := main(words):
            raise RuntimeError(f"{words} ended with {code}")
    shutil.copy("older/model.safetensors", "net.safetensors")  # which no path writes again


def lay_out(path: WritePath, base: Path, folder: Path) -> None:
    """Copy what the path needs into a new folder."""
    for name in path.needs:
        copy = shutil.copytree if (base / name).is_dir() else shutil.copy
        copy(base / name, folder / name)


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their names."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def is_unfinished(name: str) -> bool:
    """Whether a file is temporary, or in a folder that is, which the next start removes (see `left_over`)."""
    return any(part.endswith(UNFINISHED) for part in Path(name).parts)


def left_over(folder: Path) -> list[str]:
    """Temporary files, hidden folders and locks."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.name.endswith(UNFINISHED)]


def broken(folder: Path, before: Mapping[str, bytes], healthy: Mapping[str, bytes]) -> list[str]:
    """The files that are neither as before, nor as a healthy disk would have them, nor whole by what they hold."""
    found = []
    for name, data in contents(folder).items():
        if data not in (before.get(name), healthy.get(name)) and not is_unfinished(name):
            try:
                _check(folder / name, data)
            except Exception as error:
                found.append(f"{name} ({error})")
    found += [f"{name} is gone" for name in before if not (folder / name).exists()]
    return found


def _check(path: Path, data: bytes) -> None:
    """Raise an error of any kind for what is no whole file."""
    match path.suffix:
        case ".safetensors":
            from safetensors.numpy import load as load_tensors

            load_tensors(data)
            if path.name != "filters.safetensors":
                load_model(path)
        case ".json":
            json.loads(data)
        case ".jsonl" | ".log":
            assert data.endswith(b"\n")
            [json.loads(line) for line in data.splitlines()]
        case ".toml":
            tomllib.loads(data.decode())
        case ".html":
            assert data.rstrip().endswith(b"</html>"), "cut off"
        case ".png":
            from PIL import Image

            Image.open(io.BytesIO(data)).load()
        case ".npz":
            with np.load(path) as arrays:
                _ = {name: arrays[name] for name in arrays}
        case _:
            raise ValueError("another text")


def outcome(folder: Path) -> dict[str, Any]:
    """What a path has come to, the same each time: the names of files, and the bits of weights."""
    return {
        name: load_model(folder / name).weights_sha256 if Path(name).name == "model.safetensors" else ""
        for name in contents(folder)
        if not is_unfinished(name) and not name.endswith(".pyc")
    }
