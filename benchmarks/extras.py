"""Each extra alone in a fresh environment: what it brings, and that what its page says to type works there.

    python benchmarks/extras.py                 # some ten minutes; the table of docs/reference/extras.md
    python benchmarks/extras.py --only onnx qr  # these alone, without the table

Not here: mpi and cluster, which need an MPI and a scheduler (.ci/run tests them), test and bench, which are for
development.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from records import HERE, ROOT, load, made_by, parser, save, write_between

from numnist.support.environment import stamp

RECORD = HERE / "extras.json"
PAGE = ROOT / "docs" / "reference" / "extras.md"
SMALL = "--dataset strokes --pictures 2000 --epochs 1"
DIGIT = "from PIL import Image; from numnist.data.strokes.drawing import draw; x, y = draw(200, seed=9)"
HEIC = f"{DIGIT}; from pillow_heif import from_pillow; from_pillow(Image.fromarray(255 - x[0])).save('digit.heic')"
PARQUET = (
    f"{DIGIT}; import io, pyarrow, pyarrow.parquet as parquet\n"
    "def file(array):\n"
    "    to = io.BytesIO(); Image.fromarray(array).save(to, 'PNG'); return {'bytes': to.getvalue(), 'path': None}\n"
    "parquet.write_table(pyarrow.table({'image': [file(a) for a in x], 'label': y.tolist()}), 'train.parquet')"
)


@dataclass(frozen=True)
class Trial:
    """what: what the extra is for;  lines: commands of a shell, all of which must work in an empty folder"""

    extra: str
    what: str
    lines: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.extra or "none"


def in_python(code: str) -> str:
    """A shell's line that runs this code, which has no double quotes."""
    return f'python -c "{code}"'


def first_snippet(page: str) -> str:
    """The first block of Python on a page."""
    return (ROOT / page).read_text("utf-8").split("```python\n", 1)[1].split("```", 1)[0].replace('"', "'")


TRIALS = (
    Trial("", "trains, predicts, reports, exports to one file, serves", (
        f"numnist train mlp-quick {SMALL}", "numnist export digits --to digits.html",
        "! numnist show data --dataset strokes",  # it says which extra is missing
    )),
    Trial("figures", "`numnist show`, and `--out` of lesson and find-rate", (
        "numnist show data --dataset strokes --out data.png", "numnist lesson 2 --dataset strokes --out lesson.svg",
    )),
    Trial("search", "`numnist sweep --search`", (f"numnist sweep mlp-quick {SMALL} --search 2",)),
    Trial("onnx", "ONNX files, out and in", (
        "numnist export digits --to digits.onnx", "numnist import digits.onnx",
        "numnist evaluate digits.safetensors --dataset strokes",
    )),
    Trial("keras", "Keras's files, in", (f"numnist import {ROOT}/tests/importing/keras/files/functional.keras",)),
    Trial("sklearn", "`numnist.sklearn`", (in_python(first_snippet("docs/scikit-learn.md")),)),
    Trial("qr", "the QR code of `numnist serve --host`", (
        "timeout --preserve-status 5 numnist serve --host 0.0.0.0 --port 0 || [ $? -eq 143 ]",
    )),
    Trial("tensorboard", "`--log tensorboard:DIR`", (
        f"numnist train mlp-quick {SMALL} --log tensorboard:logs", "ls logs",
    )),
    Trial("mlflow", "`--log mlflow:URI`", (
        f"numnist train mlp-quick {SMALL} --log mlflow:sqlite:///runs.db", "ls runs.db",
    )),
    Trial("wandb", "`--log wandb:PROJECT`", (f"numnist train mlp-quick {SMALL} --log wandb:digits", "ls wandb")),
    Trial("parquet", "data sets as Hugging Face has them", (
        in_python(PARQUET), "numnist train mlp-quick --dataset train.parquet --epochs 1",
    )),
    Trial("heic", "photographs of iPhones", (in_python(HEIC), "numnist predict digit.heic")),
)  # fmt: skip


def measure(trial: Trial) -> dict[str, int]:
    """Install the extra alone, and run its lines in an empty folder: how many packages and megabytes it is."""
    with tempfile.TemporaryDirectory() as temporary:
        venv, empty = Path(temporary) / "venv", Path(temporary) / "empty"
        empty.mkdir()
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        pip = [venv / "bin" / "pip", "--disable-pip-version-check"]
        subprocess.run(
            [*pip, "install", "--quiet", f"{ROOT}[{trial.extra}]" if trial.extra else ROOT], check=True, env=clean()
        )
        environment = clean() | {
            "PATH": f"{venv}/bin:{os.environ['PATH']}", "NUMNIST_CACHE": f"{temporary}/cache", "NUMNIST_OFFLINE": "1",
            "WANDB_MODE": "offline", "HOME": temporary,
        }  # fmt: skip
        for line in trial.lines:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", line], cwd=empty, env=environment, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            if done.returncode:
                raise SystemExit(f"{trial.name}: {line}\n{done.stdout}{done.stderr}")
        listed = subprocess.run([*pip, "list", "--format", "freeze"], check=True, capture_output=True, text=True)
        size = sum(
            path.stat().st_size
            for path in (venv / "lib").rglob("*")
            if path.is_file() and not path.is_symlink() and path.suffix != ".pyc"
        )
        return {"packages": len(listed.stdout.splitlines()), "megabytes": round(size / 1e6)}


def clean() -> dict[str, str]:
    """The environment without what leads to this checkout or to data."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NUMNIST_DATA")}


def write_table(record: dict[str, dict[str, int]]) -> None:
    lines = ["| extra | for | packages | MB |", "| --- | --- | ---: | ---: |"]
    for trial in TRIALS:
        found = record["trials"][trial.name]
        name = f"`{trial.extra}`" if trial.extra else "none"
        lines.append(f"| {name} | {trial.what} | {found['packages']} | {found['megabytes']} |")
    write_between(PAGE, "extras", "\n".join([*lines, "", made_by(record, "extras.py")]))


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--only", nargs="+", choices=[trial.name for trial in TRIALS])
    given = options.parse_args()
    if given.table:
        write_table(load(RECORD))
        return
    found = {}
    for trial in TRIALS:
        if not given.only or trial.name in given.only:
            found[trial.name] = measure(trial)
            print(f"{trial.name:12} {found[trial.name]}", flush=True)
    if not given.only:
        save(RECORD, stamp() | {"trials": found})
        write_table(load(RECORD))


if __name__ == "__main__":
    main()
