"""Models, checkpoints, run folders and recipes: small good ones, and changes of what they say."""

from __future__ import annotations

import json
import random
import struct
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from numnist.experiment.history import read_history
from numnist.experiment.recipe import load_recipe
from numnist.experiment.run import Run
from numnist.model.model import Model, load_model
from numnist.training.state import load_checkpoint
from tests.strangers.kind import digest, of_model
from tests.strangers.mutants import odd_tree


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
        with suppress(TypeError, ValueError, RecursionError):
            about["sha256"] = sha256(json.loads(json.dumps(about)), arrays)
    header["__metadata__"]["numnist"] = json.dumps(about)
    return together(header, rest)


def odd_header(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """The header of a .safetensors file is odd, and of the length that it says."""
    header, rest = parts(data)
    return together(odd_tree(header, draws), rest)


def open_curves(folder: Path) -> str:
    """What is drawn of a run."""
    history = read_history(folder / "run")
    curves = [curve(quantity) for curve in (history.training, history.validation) for quantity in ("loss", "accuracy")]
    return digest(history.epochs, history.steps, history.reached(), history.learnt(), curves)


def odd_lines(data: bytes, draws: random.Random, other: bytes) -> bytes:
    """One line says something odd."""
    lines = data.splitlines()
    place = draws.randrange(len(lines))
    lines[place] = json.dumps(odd_tree(json.loads(lines[place]), draws)).encode("utf-8", "surrogatepass")
    return b"\n".join(lines) + b"\n"


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
