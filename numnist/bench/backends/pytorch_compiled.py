"""PyTorch with torch.compile: from uint8 pixels to the loss, or to the logits, in one compiled function each."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numnist.bench.backends import pytorch
from numnist.bench.work import Work
from numnist.nn.sequential import Sequential

COMPILERS = {"win32": "cl", "darwin": "clang++"}  # what torch.compile calls unless CXX names another; else g++


class Backend(pytorch.Backend):
    """Everything else is as in the other rows of PyTorch."""

    def __init__(self, work: Work):
        # Its cache goes when the benchmark ends; so that a first epoch compiles, as the first does on a user's machine.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(work.folder / "torchinductor")
        super().__init__(work)

    @staticmethod
    def unsupported(network: Sequential) -> str:
        compiler = os.environ.get("CXX") or COMPILERS.get(sys.platform, "g++")
        if shutil.which(compiler) is None:
            return f"torch.compile needs a C++ compiler: {compiler} is not on the path, and CXX names no other"
        headers = Path(sysconfig.get_path("include"))
        if not (headers / "Python.h").exists():
            return f"torch.compile needs Python's headers, and there is no Python.h in {headers}"
        return ""

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return self.torch.compile(function, dynamic=False)
