"""Child processes that run a module of numnist, wherever this process found it, and never the user's program."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from numnist.support.blas import ONE_THREAD


def command(module: str) -> list[str]:
    """The command that runs a module as a program."""
    return [sys.executable, "-P", "-m", module]


def options() -> dict[str, Any]:
    """Options of subprocess.Popen: this process's import path, BLAS on one thread, and a process group of its own.

    The terminal's Ctrl-C is then for this process alone, which ends its children itself.
    """
    path = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
    environment = {"env": os.environ | ONE_THREAD | {"PYTHONPATH": path}}
    if sys.platform == "win32":
        from subprocess import CREATE_NEW_PROCESS_GROUP

        return environment | {"creationflags": CREATE_NEW_PROCESS_GROUP}
    return environment | {"process_group": 0}
