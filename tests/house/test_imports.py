"""Lazy imports: nothing is imported before it is needed, so that everything starts quickly."""

from __future__ import annotations

import subprocess
import sys

from PIL import Image

from numnist import Dense, Flatten, Model, Sequential

PROGRAMS = {
    "rich", "PIL", "requests", "urllib3", "cyclopts", "safetensors", "platformdirs", "tomli_w", "starlette",
    "h11",
}  # fmt: skip
NETWORK = {"requests", "urllib3", "http.client", "ssl", "socket"}


def loaded(code: str) -> set[str]:
    """The modules that this code imports in a fresh Python."""

    def modules(code: str) -> set[str]:
        code += "\nimport sys; print(*sys.modules, file=sys.stderr)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return set(done.stderr.split())

    return modules(code) - modules("")


def packages(modules: set[str]) -> set[str]:
    """The packages outside the standard library."""
    return {name.partition(".")[0] for name in modules} - sys.stdlib_module_names


def numnists(modules: set[str]) -> set[str]:
    """numnist's own modules."""
    return {name for name in modules if name.partition(".")[0] == "numnist"}


def test_importing_numnist_imports_nothing_else():
    modules = loaded("import numnist")
    assert packages(modules) == {"numnist"}
    assert numnists(modules) == {"numnist"}
    assert not modules & {"typing", "re", "dataclasses", "inspect", "pathlib"}


def test_a_name_brings_only_what_it_needs():
    modules = loaded("from numnist import Dense")
    assert packages(modules) - packages(loaded("import numpy.random")) == {"numnist"}
    assert not {name for name in numnists(modules) if name.startswith(("numnist.data", "numnist.training.loop"))}


def test_the_whole_library_needs_numpy_and_threadpoolctl_alone():
    modules = loaded("from numnist import *")
    assert "numnist.training.loop" in modules
    assert packages(modules) - packages(loaded("import numpy.random")) == {"numnist", "threadpoolctl"}


def test_a_model_is_loaded_without_training():
    modules = loaded("from numnist import load_model")
    assert not modules & {
        "numnist.training.loop",
        "numnist.training.step",
        "numnist.optim.optimizers",
        "numnist.experiment.recipe",
        "tomllib",
    }
    theirs = loaded("import numpy.random, threadpoolctl")  # older ones import more
    assert not (modules - theirs) & {"concurrent.futures", "zipfile", "tempfile"}
    assert not modules & (PROGRAMS | NETWORK)


def test_help_is_shown_without_numpy_or_any_command():
    modules = loaded("from numnist.cli import main; main(['--help'])")
    assert numnists(modules) == {
        "numnist", "numnist.cli", "numnist.cli.shared", "numnist.cli.shared.arguments", "numnist.cli.shared.encoding",
        "numnist.cli.shared.launch", "numnist.cli.shared.width", "numnist.support", "numnist.support.errors",
        "numnist.support.launched", "numnist.support.stops",
    }  # fmt: skip
    assert not modules & {"numpy", "markdown_it", "pygments", "PIL", "platformdirs", *NETWORK}


def test_the_help_of_any_command_is_shown_without_numpy():
    modules = loaded(
        """
from numnist.cli import COMMANDS, DATA_COMMANDS, SHOW_COMMANDS, main
groups = {"data": DATA_COMMANDS, "show": SHOW_COMMANDS}
for command in [*([name] for name in COMMANDS), *([group, name] for group in groups for name in groups[group])]:
    main([*command, "--help"])
"""
    )
    assert "numnist.cli.train" in modules
    assert not modules & {"numpy", "PIL", "platformdirs", *NETWORK}


def test_a_wrong_option_is_refused_without_numpy():
    code = "import sys; from numnist.cli import main\nerr, sys.stderr = sys.stderr, sys.stdout\n"
    modules = loaded(code + "assert main(['train', '--epochs', 'many']) == 2; sys.stderr = err")
    assert "numpy" not in modules


def test_a_picture_is_classified_without_network_or_training(tmp_path):
    Model(Sequential(Flatten(), Dense(3)), (1, 6, 6)).save(tmp_path / "model.safetensors")
    Image.new("L", (9, 9)).save(tmp_path / "picture.png")
    arguments = ["predict", f"{tmp_path}/picture.png", "--model", f"{tmp_path}/model.safetensors", "--json"]
    modules = loaded(f"from numnist.cli import main; assert main({arguments}) == 0")
    assert {"numpy", "PIL", "safetensors"} <= modules
    assert not modules & {"rich", "platformdirs", "concurrent.futures", *NETWORK}
    assert not modules & {
        "numnist.training.loop",
        "numnist.training.step",
        "numnist.optim.optimizers",
        "numnist.experiment.recipe",
        "numnist.experiment.run",
    }
