"""The environment of a run: versions and machine, because another BLAS or processor may round differently."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

import numnist
from numnist.support.workers import cores


def environment() -> dict[str, Any]:
    """Versions and machine, as plain JSON and TOML types."""
    return {
        "numnist": numnist.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": blas(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": cores(),
    }


def blas() -> str:
    """The BLAS libraries that are loaded; if none is known, the one that NumPy was built with, such as Accelerate."""
    found = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
    if not found:
        built: Any = np.show_config(mode="dicts")
        return str(built.get("Build Dependencies", {}).get("blas", {}).get("name", "unknown"))
    return ", ".join(f"{b['internal_api']} {b['version']} {b.get('architecture', '')}".strip() for b in found)


def stamp(**versions: str) -> dict[str, Any]:
    """What belongs to a measurement: its date and environment, with the versions of other packages."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return {"date": today, "environment": environment() | versions}


def stamped(record: Mapping[str, Any]) -> str:
    """The stamp as the line below a table."""
    made = record["environment"]
    return (
        f"{record['date']}, {made['cores']} cores of {made['processor']}, numnist {made['numnist']}, "
        f"NumPy {made['numpy']}, {made['blas']}, Python {made['python']}."
    )


def processor() -> str:
    """The processor's name, if the system knows it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or os.environ.get("PROCESSOR_IDENTIFIER", "unknown")
