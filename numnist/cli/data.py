"""numnist data list | get | verify | import | remove: data sets on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from numnist.cli.shared.options import DataDir, Json, Size
from numnist.cli.shared.printing import result, result_json, table


def list_(*, data_dir: DataDir = None, json: Json = False) -> None:
    """List the data sets that you can name, and where they are on this machine."""
    from numnist.data.registry import describe

    records = describe(data_dir)
    if json:
        result_json([asdict(record) | {"found": record.found} for record in records])
        return
    rows = [
        (
            r.name,
            r.title,
            " + ".join(f"{n:,}" for n in r.sizes),
            r.licence,
            r.where or f"not here: numnist data get {r.name}",
        )
        for r in records
    ]
    table(("name", "title", "pictures", "licence", "where"), rows)


def get_(name: str = "mnist", /, *, json: Json = False) -> None:
    """Download a published data set into the user's cache, each file checked against its published hash.

    Args:
        name: mnist, fashion-mnist, kmnist, qmnist, or one of EMNIST's: emnist-letters, -balanced, -byclass, -bymerge,
            -digits, -mnist, which come in one archive of 562 MB.
    """
    from numnist.cli.shared.progress import LoadingProgress
    from numnist.data.registry import fetch

    with LoadingProgress() as progress:
        folder = fetch(name, progress)
    if json:
        result_json({"name": name, "folder": str(folder)})
    else:
        result(f"{name} is in {folder}")


def verify_(name: str | None = None, /, *, data_dir: DataDir = None, json: Json = False) -> int:
    """Check every file of a data set against its published hash; exit code 3 if one is missing or broken.

    Args:
        name: A data set's name; by default all published ones of which there is a file on this machine.
    """
    from numnist.data.published.catalog import CATALOG
    from numnist.data.registry import present, verify

    found: list[dict[str, Any]] = [
        {"dataset": each, "file": file, "ok": ok, "detail": detail}
        for each in ([name] if name else present(data_dir) or CATALOG)
        for file, ok, detail in verify(each, data_dir)
    ]
    if json:
        result_json(found)
    else:
        rows = [("ok" if f["ok"] else "BAD", f["dataset"], f["file"], f["detail"]) for f in found]
        table(("", "data set", "file", "detail"), rows)
    return 0 if all(f["ok"] for f in found) else 3


def import_(
    path: Path,
    /,
    *,
    name: str | None = None,
    size: Size = None,
    force: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Copy files into the user's cache, so that you can name their data set from any folder.

    Files of published data sets are recognised under any name; other data needs a --name.

    Args:
        path: A file or folder: IDX, CSV, .npz, or a folder with a folder of pictures for each class.
        name: The name of the data set.
        force: Replace an imported data set of that name without asking.
    """
    from numnist.cli.shared.printing import confirmed
    from numnist.data.registry import import_files, is_imported
    from numnist.support.errors import UsageError

    if name is not None and is_imported(name) and path.exists() and not force:
        replaces = f"a data set {name} is imported already"
        if not confirmed(f"{replaces}: replace it?"):
            raise UsageError(f"{replaces}: give another --name, or --force to replace it.")
    record = import_files(path, name, size)
    if json:
        result_json(asdict(record) | {"found": record.found})
    else:
        result(f"{record.name} is in {record.where}: numnist train --dataset {record.name}")


def remove_(name: str, /, *, json: Json = False) -> None:
    """Remove an imported or downloaded data set from the user's cache; files elsewhere are never touched.

    Args:
        name: The name of the data set.
    """
    from numnist.data.registry import remove

    files = remove(name)
    if json:
        result_json({"name": name, "removed": [str(file) for file in files]})
    else:
        for file in files:
            result(f"removed {file}")
