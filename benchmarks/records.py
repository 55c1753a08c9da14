"""Records: what the benchmarks share: where figures are kept, and how tables get into the documents."""

from __future__ import annotations

import json
import statistics
from math import sqrt
from pathlib import Path
from typing import Any

from numnist.support.files import write_atomically

HERE = Path(__file__).parent
ROOT = HERE.parent
PERFORMANCE = ROOT / "docs" / "performance.md"
T95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}  # Student's t


def save(path: Path, record: Any) -> None:
    write_atomically(path, (json.dumps(record, indent=1) + "\n").encode())


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def spread(shares: list[float]) -> str:
    """Shares 0..1 as percent: mean ± the 95% interval of the mean (lowest – highest)."""
    percent = [100 * share for share in shares]
    if len(percent) == 1:
        return f"{percent[0]:.2f}% (one seed)"
    half = T95[len(percent)] * statistics.stdev(percent) / sqrt(len(percent))
    return f"{statistics.mean(percent):.2f} ± {half:.2f}% ({min(percent):.2f} – {max(percent):.2f})"


def write_between(path: Path, name: str, text: str) -> None:
    """Put a table between `<!-- NAME: ... -->` and `<!-- end of NAME -->`."""
    whole = path.read_text("utf-8")
    before, rest = whole.split(f"<!-- {name}: ", 1)
    how, rest = rest.split(" -->\n", 1)
    after = rest.split(f"<!-- end of {name} -->", 1)[1]
    marked = f"{before}<!-- {name}: {how} -->\n{text}\n<!-- end of {name} -->{after}"
    write_atomically(path, marked.encode())
