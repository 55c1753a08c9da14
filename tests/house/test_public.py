"""The public names: available after any imports, and the same for Python and type checkers."""

from __future__ import annotations

import ast
import pydoc
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import numnist

STUB = Path(numnist.__file__).with_suffix(".pyi")


def run(code: str) -> str:
    """The output of a fresh Python."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", numnist.__all__)
def test_every_public_name_is_what_its_module_defines(name):
    home = import_module(f"numnist.{numnist._HOME[name]}")
    assert getattr(numnist, name) is getattr(home, name)


def test_type_checkers_are_told_the_same_names():
    told = {}
    for node in ast.parse(STUB.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            told |= {alias.asname: node.module for alias in node.names if alias.asname == alias.name}
        elif isinstance(node, ast.AnnAssign):
            told[ast.unparse(node.target)] = ""
    homes = {name: f"numnist.{module}" for name, module in numnist._HOME.items()}
    assert told == homes | {"__version__": ""}


def test_no_module_has_a_public_name():
    """Importing it would put it in the place of the function or class."""
    assert not {module.name for module in iter_modules(numnist.__path__)} & set(numnist.__all__)


@pytest.mark.parametrize(
    "before",
    [
        "import numnist.evaluation.gradcheck, numnist.experiment.recipe, numnist.training.loop, numnist.cli.train",
        "from numnist import *",
        "from numnist import recipes, gradcheck; import numnist.cli.gradcheck, numnist.cli.recipes",
        "import numnist.model.file; import importlib; importlib.reload(numnist)",
    ],
)
def test_names_are_themselves_after_any_import(before):
    check = """
import inspect, numnist
wrong = [name for name in numnist.__all__ if name != "Event" and inspect.ismodule(getattr(numnist, name))]
assert not wrong, wrong
assert numnist.recipes()[0].name == "quick"
assert numnist.gradcheck(numnist.ReLU(), (3,)).ok
assert numnist.nn.Dense is numnist.Dense
"""
    run(before + check)


def test_threads_may_ask_for_names_at_once():
    run(
        """
import random, sys, threading, numnist
sys.setswitchinterval(1e-5)
wrong, start = [], threading.Barrier(8)
def ask(seed):
    names = random.Random(seed).sample(numnist.__all__, len(numnist.__all__))
    start.wait()
    for name in names:
        try:
            getattr(numnist, name)
        except BaseException as error:
            wrong.append((name, error))
threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not wrong, wrong
"""
    )


def test_modules_are_attributes_without_being_imported():
    run("import numnist; assert numnist.nn.dense.Dense is numnist.Dense; assert numnist.data.load")


def test_names_are_listed_and_explained():
    assert set(dir(numnist)) >= {*numnist.__all__, "nn", "training", "__version__"}
    text = pydoc.render_doc(numnist, renderer=pydoc.plaintext)
    assert "class Dense(" in text
    assert "class SoftmaxCrossEntropy(" in text


def test_an_unknown_name_is_an_ordinary_error():
    with pytest.raises(AttributeError, match="no attribute 'Dens'"):
        numnist.Dens  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Dens'"):
        from numnist import Dens  # noqa: F401
    assert not hasattr(numnist, "__wrapped__")


def test_what_a_module_lacks_is_not_taken_for_an_unknown_name():
    run(
        """
import sys, numnist
sys.modules["threadpoolctl"] = None  # as if it were not installed
try:
    numnist.Model
except ModuleNotFoundError as error:
    assert error.name == "threadpoolctl"
"""
    )
