from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from numnist.cli.shared.options import DataDir, Json, Words
from numnist.cli.shared.printing import error, note, result, result_json, table

if TYPE_CHECKING:
    from numnist.data import Dataset

DRAWN = 8192  # strokes to use without MNIST: eight of the largest batches


def bench(
    *networks: str,
    peers: Words = None,
    rounds: int = 7,
    steps: int | None = None,
    threads: Words = None,
    first_epoch: int | None = None,
    save: Path | None = None,
    figure: Path | None = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> int:
    """Benchmark numnist against PyTorch, TensorFlow, JAX, scikit-learn and ONNX Runtime, if installed.

    All train the same networks from the same weights on the same batches, in turns, each in its own process, after a
    check that all compute the same; each starts from the same uint8 pixels in memory. `pip install '.[bench]'`
    installs the peers. Run it on an idle machine. Exit code 1 if a peer fails or its results differ from numnist's.

    Args:
        networks: mlp, cnn28, torch-example, lenet-bn or deep-mlp; all by default.
        peers: pytorch, pytorch-compiled (with torch.compile), tensorflow, jax, scikit-learn or onnxruntime; all
            installed ones by default; `none` measures numnist alone.
        rounds: Measurements of each library, after one round of warm-up.
        steps: Training steps per measurement; by default chosen for each network, for about half a second.
        threads: Threads of each library; all cores by default. With several, such as `--threads 1 2 4`, or with `all`
            (1, 2, 4, ... up to all cores), everything is measured with each.
        first_epoch: Pictures in the first epoch, which is timed from the start of a process, with imports and
            compilation; 10,000 by default, 0 to leave it out.
        save: A JSON file for all measurements of every round.
        figure: A file for a figure of the results: .png, .svg or .pdf.
    """
    from json import dumps

    from numnist.bench import figure as drawing
    from numnist.bench.compare import compare
    from numnist.bench.measure import EPOCH_PICTURES, Settings
    from numnist.bench.networks import references
    from numnist.bench.peers import PEERS, choose
    from numnist.bench.tables import footnote, heading, network_table, remarks, summary_table
    from numnist.support.checks import whole
    from numnist.support.errors import UsageError
    from numnist.support.files import write_atomically

    chosen = references(networks)
    contenders, missing = choose(PEERS if peers is None else () if peers == ["none"] else peers)
    if figure is not None:
        drawing.check(figure)
    pictures = EPOCH_PICTURES if first_epoch is None else whole(first_epoch, "--first-epoch", 0)
    if 0 < pictures < (batch := max(reference.batch for reference in chosen)):
        raise UsageError(f"--first-epoch is {pictures}, but must be 0 or at least a whole batch of {batch}.")
    settings = Settings(
        chosen, contenders, whole(rounds, "--rounds"), _numbers_of_threads(threads),
        None if steps is None else whole(steps, "--steps"), pictures,
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
            shown = network_table(network, record)
            table(shown.heads, shown.rows, right=shown.heads[1:])
            result("\n".join([*remarks(network), ""]))
        shown = summary_table(record)
        table(shown.heads, shown.rows, right=shown.heads[1:])
        result(footnote(record))
    failures = [why for network in record["networks"].values() for why in network["failed"].values()]
    for why in failures:
        error(why)
    return 1 if failures else 0


def _numbers_of_threads(words: list[str] | None) -> list[int]:
    """From the words of --threads; all cores for None.  Raises UsageError for anything else than numbers or all."""
    from numnist.bench.measure import doubled
    from numnist.support.checks import whole
    from numnist.support.errors import UsageError
    from numnist.support.workers import cores

    if words is None:
        return [cores()]
    if words == ["all"]:
        return doubled(cores())
    for word in words:
        if not word.isdecimal():
            raise UsageError(f"--threads is {word}, but must be all, or numbers such as --threads 1 2 4.")
    return sorted({whole(int(word), "--threads") for word in words})


def _data(data_dir: Path | None) -> Dataset:
    """MNIST if it is on this machine, else strokes."""
    from numnist.data import load
    from numnist.data.strokes.drawing import load_strokes
    from numnist.support.errors import DataError

    try:
        data = load("mnist", data_dir=data_dir, offline=True)
    except DataError:
        data = load_strokes(train=DRAWN, validation=0, test=0)
    note("Data", f"{data.name}: {len(data.train):,} pictures, {data.source}")
    return data
