"""numnist bench: numnist beside its peers, in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from numnist.cli.shared.options import DataDir, Json
from numnist.cli.shared.printing import error, note, result, result_json, table

if TYPE_CHECKING:
    from numnist.data import Dataset

DRAWN = 8192  # strokes in place of MNIST: several of the largest batches


def bench(
    *networks: str,
    peers: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    rounds: int = 7,
    steps: int | None = None,
    threads: int | None = None,
    save: Path | None = None,
    figure: Path | None = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> int:
    """Time numnist beside PyTorch, TensorFlow, JAX, scikit-learn and ONNX Runtime, those that are installed.

    All train the same networks from the same weights on the same batches, each in a process of its own, in turns;
    first it is checked that all do the same work. `pip install 'numnist[bench]'` installs the peers. Give it a quiet
    machine. Exit code 1 if a peer fails or does other work than numnist.

    Parameters
    ----------
    networks
        mlp, cnn28, torch-example, lenet-bn or deep-mlp; all of them by default.
    peers
        pytorch, tensorflow, jax, scikit-learn or onnxruntime; all that are installed by default; `none` times numnist
        alone.
    rounds
        How often each side has its turn, after one round that is not counted.
    steps
        Training steps in a turn; by default each network's own number, for about half a second.
    threads
        Of each side; the machine's cores by default.
    save
        A file for all figures, every round's too, as JSON.
    figure
        A file for a picture of them, .png, .svg or .pdf; needs matplotlib.
    """
    from json import dumps

    from numnist.bench import figure as drawing
    from numnist.bench.compare import Settings, compare
    from numnist.bench.networks import references
    from numnist.bench.side import PEERS, choose
    from numnist.bench.tables import footnote, heading, network_table, remarks, summary_table
    from numnist.support.checks import whole
    from numnist.support.files import write_atomically
    from numnist.support.workers import cores

    chosen = references(networks)
    kinds, missing = choose(PEERS if peers is None else () if peers == ["none"] else peers)
    if figure is not None:
        drawing.check(figure)
    settings = Settings(
        chosen, kinds, whole(rounds, "--rounds"), cores() if threads is None else whole(threads, "--threads"),
        None if steps is None else whole(steps, "--steps"),
    )  # fmt: skip
    for library, package in missing.items():
        note("Skipped", f"{library}: {package} is not installed")
    record = compare(settings, _data(data_dir), note) | {"skipped": missing}
    if save is not None:
        write_atomically(save, (dumps(record, indent=1) + "\n").encode())
    if figure is not None:
        drawing.draw(record, figure)
    if json:
        result_json(record)
    else:
        for name, network in record["networks"].items():
            result(heading(name, network))
            shown = network_table(network, record["answered"])
            table(shown.heads, shown.rows, right=shown.heads[1:])
            for remark in remarks(network):
                result(remark)
            result("")
        shown = summary_table(record)
        table(shown.heads, shown.rows, right=shown.heads[1:])
        result(footnote(record))
    failures = [why for network in record["networks"].values() for why in network["failed"].values()]
    for why in failures:
        error(why)
    return 1 if failures else 0


def _data(data_dir: Path | None) -> Dataset:
    """MNIST where it is at hand, else strokes."""
    from numnist.data import load
    from numnist.data.strokes.drawing import load_strokes
    from numnist.support.errors import DataError

    try:
        data = load("mnist", data_dir=data_dir, offline=True)
    except DataError:
        data = load_strokes(train=DRAWN, validation=0, test=0)
    note("Data", f"{data.name}: {len(data.train):,} pictures, {data.source}")
    return data
