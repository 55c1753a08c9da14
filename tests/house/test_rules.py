"""Rules of the package: the order of imports, no circles, few files at the top, bounds for every dependency.

Every import counts, also inside functions, under TYPE_CHECKING, and by name as a string (`import_module`, or a command
that cyclopts imports when it is called).
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

import numnist

PACKAGE = Path(numnist.__file__).parent
REPOSITORY = PACKAGE.parent
# Each room may import only those before it.
ORDER = (
    "support", "ink", "data", "nn", "naive", "optim", "fast", "model", "evaluation", "training", "sklearn",
    "experiment", "interpret", "explain", "lessons", "exercises", "report", "show", "export", "importing", "serve",
    "bench", "cli",
)  # fmt: skip
MOST_FILES = 8  # directly in numnist/


Sources = dict[str, tuple[str, str]]  # of every module by its dotted name: the package it stands in, and its text


@cache
def sources() -> Sources:
    """All of numnist."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        folder = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
        name = folder if path.name == "__init__.py" else f"{folder}.{path.stem}"
        found[name] = folder, path.read_text("utf-8")
    return found


@cache
def parsed(text: str) -> list[ast.AST]:
    """Every node of a module."""
    return list(ast.walk(ast.parse(text)))


def imports(modules: Sources) -> dict[str, set[str]]:
    """For every module those of numnist's that it imports."""
    return {
        name: {found for node in parsed(text) for found in targets(node, package, modules)} - {name}
        for name, (package, text) in modules.items()
    }


def targets(node: ast.AST, package: str, modules: Sources) -> Iterator[str]:
    """The modules that one node of a module in `package` imports."""
    match node:
        case ast.Import(names=names):
            for alias in names:
                if alias.name in modules:
                    yield alias.name
        case ast.ImportFrom(module=module, names=names, level=level):
            home = resolve_name("." * level + (module or ""), package)
            for alias in names:
                yield from named(home, alias.name, modules)
        case ast.Attribute(value=ast.Name(id="numnist"), attr=attribute):  # import numnist; numnist.Dense
            yield from named("numnist", attribute, modules)
        case ast.Constant(value=str(text)):  # import_module("numnist.fast.compile"), "numnist.cli.train:train"
            if text.partition(":")[0] in modules and "." in text:
                yield text.partition(":")[0]
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]) if re.fullmatch(r"numnist(\.\w+)*\.", text):
            yield from (name for name in modules if name.rpartition(".")[0] == text[:-1])  # f"numnist.cli.{name}"


def named(home: str, name: str, modules: Sources) -> Iterator[str]:
    """Where `from home import name` finds it: a module, or what a module defines; numnist's own names come from it."""
    if f"{home}.{name}" in modules:
        yield f"{home}.{name}"
    elif home == "numnist" and name in numnist._HOME:
        yield f"numnist.{numnist._HOME[name]}"
    elif home in modules:
        yield home


def wrong_way(graph: dict[str, set[str]]) -> list[str]:
    """The imports of a room that does not stand before the importer's."""
    rank = {room: i for i, room in enumerate(ORDER)}

    def place(module: str) -> int:
        room = module.split(".")[1:2]
        return rank[room[0]] if room and room[0] != "__main__" else -1

    return [
        f"{name} imports {other}"
        for name, others in graph.items()
        if name != "numnist.__main__"
        for other in sorted(others)
        if place(other) > place(name)
    ]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a ring; [] where there are none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def test_every_room_has_its_place():
    assert {name.split(".")[1] for name in sources() if "." in name} - {"__main__"} == set(ORDER)


def test_imports_go_one_way():
    assert wrong_way(imports(sources())) == []


def test_no_modules_import_each_other():
    assert circle(imports(sources())) == []


def test_few_files_lie_at_the_top():
    files = [path.name for path in PACKAGE.iterdir() if path.is_file()]
    assert len(files) <= MOST_FILES, files


def planted(module: str, line: str) -> dict[str, set[str]]:
    """The imports of numnist if that module had this line too."""
    package, text = sources()[module]
    return imports(sources() | {module: (package, f"{text}\n{line}\n")})


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("nn.dense", "from numnist.fast.winograd import Winograd"),
        ("nn.dense", "def run(self):\n    from numnist.fast import winograd"),
        ("support.files", "if TYPE_CHECKING:\n    from numnist.data import Dataset"),
        ("support.files", "from ..data import load"),
        ("optim.optimizers", "from numnist import Model"),
        ("ink.prepare", "import numnist\nnumnist.load('mnist')"),
        ("training.step", "import numnist.cli.train"),
        ("model.model", "import_module('numnist.experiment.run')"),
        ("serve.app", "App().command('numnist.cli.train:train')"),
        ("serve.app", "import_module(f'numnist.bench.{name}')"),
    ],
)
def test_an_import_of_the_wrong_way_is_found(module, line):
    before, after = wrong_way(imports(sources())), wrong_way(planted(f"numnist.{module}", line))
    assert {found.split()[0] for found in set(after) - set(before)} == {f"numnist.{module}"}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("nn.base", "def plan(self):\n    from numnist.nn import dense"),
        ("support.errors", "if TYPE_CHECKING:\n    from numnist.support.checks import whole"),
        ("cli.shared.printing", "from numnist.cli import main"),
        ("bench.work", "import_module(f'numnist.bench.backends.{module}')"),
    ],
)
def test_a_circle_is_found(module, line):
    assert f"numnist.{module}" in circle(planted(f"numnist.{module}", line))


def test_the_design_lists_the_folders_of_the_package():
    """As `numnist/` and a line for each folder with what is in it, in a fenced block."""
    design = (REPOSITORY / "docs" / "design.md").read_text("utf-8")
    blocks = re.findall(r"^```\w*\nnumnist/\n(.*?)^```", design, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 1, "docs/design.md shows the package once"
    listed = re.findall(r"^\W*(\w+)/\s+\S", blocks[0], re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name[0] != "_")


def test_every_dependency_has_an_upper_bound():
    """The next major version of any of them may change what we rely on: CI tests the newest below it."""
    about = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    lists = [about["build-system"]["requires"], about["project"]["dependencies"]]
    lists += [*about["project"]["optional-dependencies"].values(), *about["dependency-groups"].values()]
    wanted = [requirement.partition(";")[0] for requirements in lists for requirement in requirements]
    wanted = [requirement for requirement in wanted if not requirement.startswith("numnist[")]  # an extra of our own
    assert [requirement for requirement in wanted if not re.search(r"<\d|==\d", requirement)] == []
