"""docs/recipes.md: its commands run, its recipe trains, and its tables have every field with its default."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from numnist import Recipe, load_recipe
from numnist.cli import main
from numnist.data.augment import Augment
from numnist.data.strokes.drawing import draw
from numnist.nn import INITIALIZERS, LAYERS
from numnist.nn.losses import LOSSES
from numnist.optim.optimizers import OPTIMIZERS
from numnist.optim.schedules import SCHEDULES
from numnist.support.serialisation import to_dict

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text("utf-8")
COMMANDS = re.findall(r"<!-- run -->\n```console\n(.*?)```", PAGE, re.DOTALL)
RECIPE = re.search(r"<!-- trained -->\n```toml\n(.*?)```", PAGE, re.DOTALL)[1]
TYPES = {
    "layers": LAYERS, "initializers": INITIALIZERS, "losses": LOSSES, "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES, "augmentation": {"Augment": Augment},
}  # fmt: skip


@pytest.fixture
def mnist(monkeypatch):
    """--dataset for a small data set in the place of MNIST."""
    x, labels = draw(120, seed=5)
    np.savez("small.npz", x_train=x[:100], y_train=labels[:100], x_test=x[100:], y_test=labels[100:])
    return ["--dataset", "small.npz"]


def run(line: str, more: list[str], capsys) -> None:
    """Run a command of the page, whose output may go to a file."""
    command, _, target = line.partition(" > ")
    words = shlex.split(command)
    assert words[0] == "numnist"
    capsys.readouterr()
    code = main([*words[1:], *([] if words[1] == "recipes" else more)])
    out, err = capsys.readouterr()
    assert code == 0, err
    if target:
        Path(target).write_text(out, "utf-8")


@pytest.mark.parametrize("block", COMMANDS, ids=["options", "file"])
def test_the_commands_run(mnist, capsys, block):
    for line in block.splitlines():
        run(line, mnist, capsys)


def test_the_recipe_trains(mnist, capsys):
    Path("mine.toml").write_text(RECIPE, "utf-8")
    run("numnist train mine.toml", mnist, capsys)
    assert load_recipe("mine.toml").title == "my first recipe"


def test_the_commands_of_the_text_run(mnist, capsys):
    Path("mine.toml").write_text(RECIPE, "utf-8")
    for line in ("numnist summary mine.toml", "numnist gradcheck mine.toml"):
        assert f"`{line}`" in PAGE
        run(line, [], capsys)
    assert "`numnist train mine.toml --overfit 100`" in PAGE


def table(name: str) -> str:
    return re.search(rf"<!-- {name}.*?-->\n(.*?)<!-- end of {name} -->", PAGE, re.DOTALL)[1]


def default(field) -> str:
    """As a TOML file has it."""
    if field.default is MISSING:
        return "must be given"
    return "none" if field.default is None else plain(field.default)


def plain(value) -> str:
    if is_dataclass(value):
        value = to_dict(value)["type"]
    if isinstance(value, tuple):
        return f"[{', '.join(map(plain, value))}]"
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')


def test_the_table_has_every_field_with_its_default():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| .+ \|$", table("fields"), re.MULTILINE)
    expected = {field.name: default(field) for field in fields(Recipe)}
    expected |= {"name": "the file's name", "title": "the file's name", "published": "none"}
    assert dict(rows) == {name: value if " " in value else f"`{value}`" for name, value in expected.items()}


def listed() -> str:
    """The types, as the page lists them."""
    lines = []
    for family, types in TYPES.items():
        each = []
        for name, kind in types.items():
            known = fields(kind) if is_dataclass(kind) else ()
            inside = ", ".join(f.name if f.default is MISSING else f"{f.name} = {default(f)}" for f in known)
            each.append(f"`{name}`" + (f" (`{inside}`)" if inside else ""))
        lines.append(f"- **{family}**: {', '.join(each)}")
    return "\n".join(lines) + "\n"


def test_the_page_lists_every_type_with_its_fields():
    assert table("types") == listed(), "paste this into docs/recipes.md"


def test_the_names_of_the_text_are_fields():
    for name in ("optimizer.learning_rate", "schedule.factor", "network.5.rate"):
        assert f"`{name}`" in PAGE
    assert set(tomllib.loads(RECIPE)) <= {field.name for field in fields(Recipe)}
