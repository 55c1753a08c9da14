"""Run a command in odd surroundings, as a process of its own, and compare what it does with the usual.

A few of each are tests; benchmarks/surroundings.py tries all commands in all surroundings.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
from PIL import Image

from numnist import load_model
from numnist.data.strokes.drawing import draw
from tests.cli.surroundings.commands import Command
from tests.cli.surroundings.odd import Surrounding

PATIENCE = 300  # seconds for a command that takes a few, so that a busy machine fails none
RECIPE = """\
name = "small"
dataset = "strokes"
network = [{ type = "Flatten" }, { type = "Dense", units = 16 }, { type = "ReLU" }, { type = "Dense", units = 10 }]
epochs = 2
batch_size = 64
lanes = 2

[optimizer]
type = "Adam"
learning_rate = 0.01
"""
# A module of that name is imported when Python starts; this one makes the clock jump with every look at it.
CLOCK = """\
import random, time
now, draws = time.time, random.Random(0)
time.time = lambda: {time}
time.time_ns = lambda: int(1e9 * time.time())
"""


def material(folder: Path, runs: tuple[str, ...] = ("run", "half")) -> None:
    """What the commands work with: data, pictures, a recipe, and finished runs."""
    x, labels = draw(240, seed=5)
    np.savez(folder / "digits.npz", x_train=x[:200], y_train=labels[:200], x_test=x[200:], y_test=labels[200:])
    (folder / "pictures").mkdir()
    for i, picture in enumerate(x[200:204]):
        Image.fromarray(picture).save(folder / f"{i}.png")
        Image.fromarray(picture).save(folder / "pictures" / f"é{i}.png")
    (folder / "small.toml").write_text(RECIPE)
    for run in runs:
        words = ("train", "small.toml", "--dataset", "digits.npz", "--run", run, "--json")
        subprocess.run([sys.executable, "-m", "numnist", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Outcome:
    """What a command has done: its exit code, what it has printed, and what it has made."""

    code: int
    out: str
    err: str
    made: tuple[str, ...]


def outcome(command: Command, surrounding: Surrounding, source: Path, place: Path) -> Outcome:
    """Run a command in a surrounding, in a copy of the material.   place: an empty folder"""
    folder = Path(os.fsdecode(os.fsencode(place) + b"/" + os.fsencode(surrounding.folder)))
    shutil.copytree(source, folder)
    environment = os.environ | {"NUMNIST_OFFLINE": "1", "NUMNIST_CACHE": str(place / "cache"), "COLUMNS": "100"}
    if surrounding.clock:
        (place / "clock").mkdir()
        (place / "clock" / "sitecustomize.py").write_text(CLOCK.format(time=surrounding.clock))
        environment["PYTHONPATH"] = os.pathsep.join([str(place / "clock"), environment.get("PYTHONPATH", "")])
    for name, value in surrounding.environment.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    script = f'{surrounding.setup or ":"}; exec {surrounding.through} "$@" {surrounding.streams}'
    words = ["/bin/sh", "-c", script, "sh", sys.executable, *surrounding.options, "-m", "numnist", *command.words]
    act = served if command.words[0] == "serve" else finished
    try:
        code, out, err = act(words, environment, folder)
        made = tuple(digest(folder / name) for name in command.made)
    finally:
        subprocess.run(["chmod", "-R", "u+rwx", "--", str(place)], check=False)
    spoken = [text.decode("utf-8", "backslashreplace") for text in (out, err)]
    return Outcome(code, *spoken, made)


def finished(words: list[str], environment: Mapping[str, str], folder: Path) -> tuple[int, bytes, bytes]:
    with subprocess.Popen(
        words, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    ) as child:  # fmt: skip
        try:
            out, err = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return -signal.SIGKILL, b"", b"it did not end"
    return child.returncode, out, err


def served(words: list[str], environment: Mapping[str, str], folder: Path) -> tuple[int, bytes, bytes]:
    """Start a server, ask it, and end it with Ctrl-C; the answer is its output."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [*words, "--port", str(port)]
    with subprocess.Popen(
        words, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True,
    ) as child:  # fmt: skip
        answer, end = b"", time.monotonic() + PATIENCE
        while not answer and child.poll() is None and time.monotonic() < end:
            with suppress(URLError, OSError):
                answer = asked(f"http://127.0.0.1:{port}", folder)
            time.sleep(0.05)
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGINT)
        try:
            _, err = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            return -signal.SIGKILL, answer, b"it did not end"
    return child.returncode, answer, err


def asked(url: str, folder: Path) -> bytes:
    """What the server says of a picture."""
    with urlopen(f"{url}/api/models", timeout=PATIENCE) as found:
        models = json.load(found)
    assert models
    with urlopen(f"{url}/api/predict", (folder / "0.png").read_bytes(), timeout=PATIENCE) as found:
        answer = json.load(found)
    answer.pop("times", None)
    return json.dumps(answer).encode()


def digest(path: Path) -> str:
    """What a file holds: of a model its weights; of others all but what is of this minute and this place."""
    if not path.exists():
        return "missing"
    if path.suffix == ".safetensors":
        return load_model(path).weights_sha256
    if path.suffix in (".html", ".png"):  # which say when and where they were made; Matplotlib's bytes are not ours
        return f"{path.suffix} of {path.stat().st_size > 1000}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


NUMBER = re.compile(r"\d+(\.\d+)? ?(s|ms|µs)\b")
TIMES = re.compile(
    r'"[^"]*(seconds|date|time|_ms|training_accuracy\w*|source|folder|path|run|model|report|at)": [^\n]*'
)


def plain(text: str) -> str:
    """Output without times and places."""
    return NUMBER.sub("", TIMES.sub("", text))


def fault(command: Command, surrounding: Surrounding, usual: Outcome, found: Outcome) -> str:
    """What is wrong with that outcome beside the usual one; "" if nothing is."""
    said = found.out + found.err
    for bad in ("Traceback", "this is a bug", "Fatal Python error", "Exception ignored", "Error in sys."):
        if bad in said:
            return f"it shows {bad!r}"
    if found.code < 0:
        return f"it was ended by signal {-found.code}" if found.code != -signal.SIGKILL else "it did not end"
    if "|" in surrounding.streams:  # the exit code is the reader's
        return ""
    if found.code != usual.code:
        if not surrounding.refuses:
            return f"exit code {found.code} rather than {usual.code}"
        says = command.words[0] == "doctor" or any(line.startswith("error: ") for line in found.err.splitlines())
        return "" if says else f"exit code {found.code} without a line that says why"
    if found.made != usual.made:
        return "it has made something else"
    comparable = command.exact and not surrounding.looks and ">" not in surrounding.streams
    return "it has printed something else" if comparable and plain(found.out) != plain(usual.out) else ""
