"""Wall time and peak memory of whole commands, in turns."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image
from records import HERE

import numnist
from numnist.bench.rounds import ratio, spread
from numnist.bench.tables import Table, ratio_text
from numnist.data.strokes.drawing import draw
from numnist.support.environment import stamp

NUMNIST = str(Path(sysconfig.get_path("scripts")) / "numnist")
PREDICTIONS = ("`numnist predict` on one PNG", "the same with PyTorch")
IMPORTS = ('`python -c "import numnist"`', '`python -c "import numpy"`')
HELP = "`numnist --help`"
AGAINST = {
    PREDICTIONS[0]: PREDICTIONS[1],
    IMPORTS[0]: IMPORTS[1],
    HELP: IMPORTS[1],
}  # the command that each of ours is compared with


def measure(rounds: int) -> dict[str, Any]:
    """Seconds and bytes of every command in every round, after a round that fills the file cache."""
    python = sys.executable
    with TemporaryDirectory() as folder:
        ours, theirs, picture = (str(Path(folder, name)) for name in ("m.safetensors", "m.pt", "digit.png"))
        model = numnist.Model(numnist.load_recipe("quick").network, (1, 28, 28))
        model.save(ours)
        make = [python, HERE / "predict_in_pytorch.py", theirs]
        parameters = int(subprocess.run(make, stdout=subprocess.PIPE, check=True).stdout)
        assert parameters == model.plan.size, "the network of predict_in_pytorch.py is not that of the recipe quick"
        Image.fromarray(draw(1, seed=1)[0][0]).save(picture)
        commands = {
            PREDICTIONS[0]: [NUMNIST, "predict", picture, "--model", ours],
            PREDICTIONS[1]: [python, str(HERE / "predict_in_pytorch.py"), theirs, picture],
            IMPORTS[0]: [python, "-c", "import numnist"],
            IMPORTS[1]: [python, "-c", "import numpy"],
            HELP: [NUMNIST, "--help"],
            '`python -c "pass"`': [python, "-c", "pass"],
        }
        found: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
        for i in range(rounds + 1):
            for name, command in commands.items():
                launch = [python, "-I", "-S", str(HERE / "launch.py"), *command]
                measured = subprocess.run(launch, stdout=subprocess.PIPE, check=True).stdout
                if i:
                    found[name].append(json.loads(measured))
    return stamp() | {"rounds": rounds, "processes": found}


def table(record: dict[str, Any]) -> str:
    heads = ("whole process", "ms", "MB", "compared with", "ratio of times", "of memory")
    rows = []
    for name, runs in record["processes"].items():
        seconds, memory = ([run[what] for run in runs] for what in ("seconds", "bytes"))
        ms = spread([1e3 * s for s in seconds])
        cells = [name, f"{ms.median:.0f} ({ms.lowest:.0f} – {ms.highest:.0f})", f"{spread(memory).median / 1e6:.0f}"]
        other = record["processes"].get(AGAINST.get(name), [])
        cells.append(AGAINST[name] if other else "")
        for what, mine in (("seconds", seconds), ("bytes", memory)):
            cells.append(ratio_text(ratio(mine, [run[what] for run in other])) if other else "")
        rows.append(tuple(cells))
    return Table(heads, rows, texts=(0, 3)).markdown()
