"""What exported files compute, beside the model itself, on all test pictures.

    pip install '.[onnx]' onnxruntime
    python benchmarks/exchange.py             # some minutes; needs MNIST, Fashion-MNIST and a C compiler
    python benchmarks/exchange.py --table     # only rewrites the table

Writes benchmarks/exchange.json and the table of docs/exchange.md.  The page has a benchmark of its own: one_file.py.
"""

from __future__ import annotations

import importlib.util
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from records import HERE, ROOT, load, made_by, parser, save, write_between

from numnist import load as load_data, load_model
from numnist.bench.tables import Table
from numnist.export.c.write import sizes_of
from numnist.export.formats import export_model
from numnist.support.environment import stamp

RECORD = HERE / "exchange.json"
MODELS = {"digits": "mnist", "fashion": "fashion-mnist"}
MAIN = """
#include <stdio.h>
#include "net.h"
int main(void)
{
    static numnist_input input[NUMNIST_INPUTS];
    static float p[NUMNIST_CLASSES];
    while (fread(input, sizeof input[0], NUMNIST_INPUTS, stdin) == NUMNIST_INPUTS) {
        numnist_classify(input, p);
        fwrite(p, sizeof p[0], NUMNIST_CLASSES, stdout);
    }
    return 0;
}
"""


def by_onnx(file: Path, x: Any, classes: int) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(["probabilities"], {"pictures": part})[0] for part in np.array_split(x, 20)])


def by_python(file: Path, x: Any, classes: int) -> Any:
    spec = importlib.util.spec_from_file_location("net", file)
    assert spec is not None
    assert spec.loader is not None
    net = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(net)
    return np.concatenate([net.probabilities(part)[:, :classes] for part in np.array_split(x, 100)])


def by_c(file: Path, x: Any, classes: int) -> Any:
    (file.parent / "main.c").write_text(MAIN)
    subprocess.run(["cc", "-std=c99", "-O2", "main.c", "-o", "main", "-lm"], cwd=file.parent, check=True)
    done = subprocess.run([file.parent / "main"], input=x.tobytes(), capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.float32).reshape(len(x), classes)


WAYS: dict[str, tuple[str, dict[str, Any], Callable[[Path, Any, int], Any]]] = {
    "ONNX, in ONNX Runtime": ("net.onnx", {}, by_onnx),
    "Python, NumPy alone": ("net.py", {}, by_python),
    "C99, float32": ("net.h", {"weights": "float32"}, by_c),
    "C99, int8": ("net.h", {"weights": "int8"}, by_c),
}


def measure(name: str, dataset: str, way: str) -> dict[str, Any]:
    test, model = load_data(dataset, offline=True).test, load_model(name)
    file, options, run = WAYS[way]
    ours = model.predict_proba(test.x)
    with tempfile.TemporaryDirectory() as folder:
        path = export_model(name, Path(folder) / file, **options)
        theirs = run(path, test.x, len(model.classes))
        content = path.read_bytes()
    labels = theirs.argmax(axis=1)
    return {
        "model": name, "way": way, "bytes": len(content), "needs": sizes_of(content) if file.endswith(".h") else None,
        "same": int((labels == ours.argmax(axis=1)).sum()), "count": len(labels),
        "difference": float(np.abs(theirs - ours).max()), "accuracy": float((labels == test.labels).mean()),
    }  # fmt: skip


def table(record: dict[str, Any]) -> str:
    heads = (
        "model",
        "file",
        "size",
        "same label",
        "largest difference of a probability",
        "test accuracy",
        "flash, memory",
    )
    rows = []
    for each in record["files"]:
        needs = "" if each["needs"] is None else ", ".join(f"{number / 1e3:.0f} kB" for number in each["needs"])
        rows.append((
            f"`{each['model']}`", each["way"], f"{each['bytes'] / 1e6:.2f} MB",
            f"{each['same']:,} of {each['count']:,}",
            f"{each['difference']:.0e}", f"{100 * each['accuracy']:.2f}%", needs,
        ))  # fmt: skip
    return f"{Table(heads, rows, texts=(0, 1)).markdown()}\n\n{made_by(record, 'exchange.py')}"


def main() -> None:
    given = parser(__doc__).parse_args()
    record = load(RECORD)
    if not given.table:
        record = stamp() | {"files": [measure(name, data, way) for name, data in MODELS.items() for way in WAYS]}
    save(RECORD, record)
    write_between(ROOT / "docs" / "exchange.md", "exchange", table(record))
    print(table(record))


if __name__ == "__main__":
    main()
