"""Shared by the programs that try to break numnist: their records, and the table of them in docs/reliability.md.

python benchmarks/faults.py     # only rewrite the table from the records in benchmarks/faults/
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from records import HERE, ROOT, load, save, write_between

from numnist.support.environment import stamp

RECORDS = HERE / "faults"


@dataclass(frozen=True)
class Row:
    """One promise that was tried.

    promise: what must hold, in a few words;  tried: how often, and with what;  survived: of how many it held;
    lost: of how many it did not
    """

    promise: str
    tried: str
    survived: int
    lost: int


def store(name: str, command: str, rows: list[Row], **more: Any) -> None:
    """Keep what was found as benchmarks/faults/NAME.json, and put it into the table.

    command: what was run, as docs show it;  more: anything else that is worth keeping
    """
    RECORDS.mkdir(exist_ok=True)
    save(RECORDS / f"{name}.json", stamp() | {"command": command, "rows": [asdict(row) for row in rows]} | more)
    write_table()


def write_table() -> None:
    lines = [
        "| promise | tried | survived | lost | command | date | machine |",
        "| --- | --- | ---: | ---: | --- | --- | --- |",
    ]
    for path in sorted(RECORDS.glob("*.json")):
        record = load(path)
        made = record["environment"]
        machine = f"{made['cores']} cores of {made['processor']}, Python {made['python']}"
        for row in (Row(**each) for each in record["rows"]):
            cells = (row.promise, row.tried, f"{row.survived:,}", f"{row.lost:,}", f"`{record['command']}`")
            lines.append(f"| {' | '.join((*cells, record['date'], machine))} |")
    write_between(ROOT / "docs" / "reliability.md", "faults", "\n".join(lines))


if __name__ == "__main__":
    write_table()
