"""What is typed in odd surroundings: every command, in its usual forms, and mistakes."""

from __future__ import annotations

from dataclasses import dataclass


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
