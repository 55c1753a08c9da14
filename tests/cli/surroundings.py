"""Odd surroundings of a command (locales, folders, streams, limits of the system), and what is tried in them.

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
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
from PIL import Image

from numnist import load_model
from numnist.data.strokes.drawing import draw

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
UNPRIVILEGED = "setpriv --bounding-set=-dac_override,-dac_read_search --"  # root, whom permissions bind
APART = "unshare -m sh -c '{} && exec \"$@\"' sh"  # with mounts of its own


@dataclass(frozen=True)
class Surrounding:
    """One way in which the world around a command is odd.

    environment: variables, None for one that is missing;  options: of Python;  setup: a line of shell that is run in
    the command's folder;  through: a program that starts the command;  streams: redirections;  folder: the working
    folder's name;  refuses: the command may fail, if it says in one line why;  looks: the output looks different, such
    as in other letters, so that only what is meant for programs is compared;  clock: what time.time returns
    """

    name: str
    environment: Mapping[str, str | None] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    setup: str = ""
    through: str = ""
    streams: str = ""
    folder: str | bytes = "here"
    refuses: bool = False
    looks: bool = False
    clock: str = ""


LONG = "a" * 250
CACHELESS = APART.format(f"mkdir -p {Path.home()}/.cache && mount -t tmpfs none {Path.home()}/.cache")
HOMELESS = {"NUMNIST_CACHE": None, "XDG_CACHE_HOME": None}
SURROUNDINGS = (
    Surrounding("locale C", {"LC_ALL": "C"}, looks=True),
    Surrounding("locale POSIX", {"LC_ALL": "POSIX"}, looks=True),
    Surrounding("locale C without UTF-8 mode", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
                looks=True),
    Surrounding("ASCII output", {"PYTHONIOENCODING": "ascii"}, looks=True),
    Surrounding("locale C.UTF-8", {"LC_ALL": "C.UTF-8"}),
    Surrounding("Turkish", {"LANG": "tr_TR.UTF-8", "LC_ALL": None}),
    Surrounding("a locale that is none", {"LC_ALL": "xx_XX.nothing"}, looks=True),
    Surrounding("no HOME", HOMELESS | {"HOME": None}, through=CACHELESS),
    Surrounding("an empty HOME", HOMELESS | {"HOME": ""}, through=CACHELESS),
    Surrounding("a HOME that is missing", HOMELESS | {"HOME": "/missing/home"}, through=UNPRIVILEGED, refuses=True),
    Surrounding("a read-only HOME", HOMELESS | {"HOME": "home"}, setup="mkdir home; chmod a-w home",
                through=UNPRIVILEGED, refuses=True),
    Surrounding("a file as HOME", HOMELESS | {"HOME": "digits.npz"}, refuses=True),
    Surrounding("a read-only folder", setup="chmod -R a-w .", through=UNPRIVILEGED, refuses=True),
    Surrounding("a folder with spaces", folder="a b  c "),
    Surrounding("a folder with emoji", folder="🦔 données"),
    Surrounding("a folder with a line's end", folder="a\nb"),
    Surrounding("a folder with quotes and brackets", folder="'\"[bold]{x}$(id)`%s&<b>"),
    Surrounding("a folder with 250 letters", folder=LONG),
    Surrounding("a path of 2,000 letters", folder="/".join([LONG] * 8)),
    Surrounding("a folder that is not UTF-8", folder=b"b\xffs", refuses=True),
    Surrounding("a folder that looks like an option", folder="--help"),
    Surrounding("40 columns", {"COLUMNS": "40"}, looks=True),
    Surrounding("1 column", {"COLUMNS": "1"}, looks=True),
    Surrounding("0 columns", {"COLUMNS": "0", "LINES": "0"}, looks=True),
    Surrounding("a dumb terminal", {"TERM": "dumb"}),
    Surrounding("no TERM", {"TERM": None}),
    Surrounding("NO_COLOR", {"NO_COLOR": "1"}),
    Surrounding("colours forced", {"FORCE_COLOR": "1"}, looks=True),
    Surrounding("no stdin", streams="<&-"),
    Surrounding("no stdout", streams=">&-"),
    Surrounding("no stderr", streams="2>&-"),
    Surrounding("no streams", streams="<&- >&- 2>&-"),
    Surrounding("stdout on a full disk", streams=">/dev/full", refuses=True),
    Surrounding("stderr on a full disk", streams="2>/dev/full"),
    Surrounding("a reader that stops", streams="| head -c 1 >/dev/null", looks=True),
    Surrounding("a clock a day back", clock="now() - 86400 * draws.randint(0, 2)"),
    Surrounding("a clock that jumps by years", clock="now() + 3e8 * draws.uniform(-1, 1)"),
    Surrounding("the year 1970", clock="now() % 1000"),
    Surrounding("the year 2106", clock="4.3e9 + now() % 1000"),
    Surrounding("files of 1969", setup="find . -exec touch -d 1969-12-31 {} +"),
    Surrounding("files of 2106", setup="find . -exec touch -d 2106-03-01 {} +"),
    Surrounding("another time zone", {"TZ": "Pacific/Kiritimati"}),
    Surrounding("a time zone that is none", {"TZ": "Nowhere/Place"}),
    Surrounding("umask 077", setup="umask 077"),
    Surrounding("umask 777", setup="umask 777", through=UNPRIVILEGED, refuses=True),
    Surrounding("32 open files", setup="ulimit -n 32", refuses=True),
    Surrounding("16 open files", setup="ulimit -n 16", refuses=True),
    Surrounding("2 GB of addresses", setup="ulimit -v 2000000", refuses=True),
    Surrounding("400 MB of addresses", setup="ulimit -v 400000", refuses=True),
    Surrounding("a small stack", setup="ulimit -s 256", refuses=True),
    Surrounding("one core", through="taskset -c 0"),
    Surrounding("no /dev/shm", through=APART.format("mount -t tmpfs -o ro none /dev/shm")),
    Surrounding("no /proc", through=APART.format("mount -t tmpfs none /proc")),
    Surrounding("a TMPDIR that is missing", {"TMPDIR": "/missing/tmp"}),
    Surrounding("python -O", options=("-O",)),
    Surrounding("python -OO", options=("-OO",)),
    Surrounding("python -X dev -W error", options=("-X", "dev", "-W", "error")),
    Surrounding("python -I", options=("-P", "-s")),
    Surrounding("python -B", options=("-B",)),
    Surrounding("PYTHONHASHSEED 0", {"PYTHONHASHSEED": "0"}),
    Surrounding("PYTHONHASHSEED 4711", {"PYTHONHASHSEED": "4711"}),
    Surrounding("one BLAS thread", {"OPENBLAS_NUM_THREADS": "1"}),
    Surrounding("Python's warnings as errors by environment", {"PYTHONWARNINGS": "error"}),
    Surrounding("an empty environment", dict.fromkeys(("PATH", "LANG", "TERM", "HOME", "USER", "SHELL", "COLUMNS"))),
)  # fmt: skip


@dataclass(frozen=True)
class Command:
    """What somebody types in a folder that has `material`.

    words: of the command;  made: the files that it writes and that are compared;  exact: its output is compared too
    """

    words: tuple[str, ...]
    made: tuple[str, ...] = ()
    exact: bool = True

    @property
    def name(self) -> str:
        return " ".join(self.words)


def command(words: str, *made: str, exact: bool = True) -> Command:
    return Command(tuple(words.split()), made, exact)


COMMANDS = (
    command("--version"),
    command("--help", exact=False),
    command("train --help", exact=False),
    command("train small.toml --dataset digits.npz --run new --json", "new/model.safetensors"),
    command("train small.toml --dataset digits.npz --run new", "new/model.safetensors", "new/report.html", exact=False),
    command("train small.toml --dataset digits.npz --run new --no-report --threads 2", "new/model.safetensors",
            exact=False),
    command("resume half --epochs 3 --json", "half/model.safetensors"),
    command("evaluate run --json"),
    command("evaluate run", exact=False),
    command("predict 0.png 1.png pictures --model run --json"),
    command("predict 0.png 1.png --model digits --json"),
    command("predict 0.png 1.png --model run", exact=False),
    command("predict 0.png --model run --csv"),
    command("show data --dataset digits.npz --text", exact=False),
    command("show data --dataset digits.npz --out data.png", "data.png"),
    command("show history run --text", exact=False),
    command("show confusion run --out confusion.svg", "confusion.svg"),
    command("show network run --out network.png", "network.png"),
    command("lesson", exact=False),
    command("lesson 0 --dataset digits.npz", exact=False),
    command("explain", exact=False),
    command("explain Conv2d", exact=False),
    command("explain Adam --json"),
    command("export run --to net.py", "net.py"),
    command("export run --to net.html", "net.html"),
    command("export run --to net.h", "net.h"),
    command("export run --to net.onnx", "net.onnx"),
    command("data list", exact=False),
    command("data import digits.npz --name mine --json", exact=False),
    command("recipes --json"),
    command("recipes", exact=False),
    command("recipes quick --toml"),
    command("summary run", exact=False),
    command("summary convnet", exact=False),
    command("find-rate small.toml --dataset digits.npz --steps 20 --json"),
    command("find-rate small.toml --dataset digits.npz --steps 20 --text", exact=False),
    command("sweep small.toml --dataset digits.npz --learning-rate 0.1 0.01 --epochs 1 --jobs 2 --run sweep --json",
            exact=False),
    command("sweep small.toml --dataset digits.npz --seed 0 1 --epochs 1 --run sweep", exact=False),
    command("card run", exact=False),
    command("report run", "run/report.html", exact=False),
    command("gradcheck run --json", exact=False),
    command("exercise", exact=False),
    command("exercise dense-backward --json", exact=False),
    command("doctor --json", exact=False),
    command("doctor", exact=False),
    command("serve --model run", exact=False),
    # mistakes have their line in any surrounding too
    command("train nothing", exact=False),
    command("predict missing.png --model run", exact=False),
    command("frobnicate", exact=False),
)  # fmt: skip


def material(folder: Path) -> None:
    """What the commands work with: data, pictures, a recipe, a finished run and another one."""
    x, labels = draw(240, seed=5)
    np.savez(folder / "digits.npz", x_train=x[:200], y_train=labels[:200], x_test=x[200:], y_test=labels[200:])
    (folder / "pictures").mkdir()
    for i, picture in enumerate(x[200:204]):
        Image.fromarray(picture).save(folder / f"{i}.png")
        Image.fromarray(picture).save(folder / "pictures" / f"é{i}.png")
    (folder / "small.toml").write_text(RECIPE)
    for run in ("run", "half"):
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
    script = f"{surrounding.setup or ':'}; exec {surrounding.through} \"$@\" {surrounding.streams}"
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
TIMES = re.compile(r'"[^"]*(seconds|date|time|_ms|training_accuracy\w*|source|folder|path|run|model|report|at)": [^\n]*')


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
    if command.exact and not surrounding.looks and ">" not in surrounding.streams:
        if plain(found.out) != plain(usual.out):
            return "it has printed something else"
    return ""
