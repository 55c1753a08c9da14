"""The reference of every public name, in pages by what it is; Sphinx fills in signatures and descriptions.

Public is what `numnist.__all__` names, and what the modules have that a page of the docs shows in Python.
"""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from types import ModuleType, UnionType
from typing import Any

import numnist
from numnist.nn.initializers import Initializer
from numnist.nn.losses import Loss
from numnist.optim.schedules import Schedule
from website.docstrings import escaped

HOME = "reference/python/"
IMPORT = re.compile(r"^(?:from|import) (numnist\.[\w.]+)", re.MULTILINE)
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

# A page for each kind, in this order: its file, title, and what belongs to it: a base class, or a folder of numnist/.
KINDS: tuple[tuple[str, str, type | str], ...] = (
    ("errors", "Errors", numnist.NumnistError),
    ("layers", "Layers", numnist.Layer),
    ("initializers", "Initializers", Initializer),
    ("losses", "Losses", Loss),
    ("optimizers", "Optimizers", numnist.Optimizer),
    ("schedules", "Learning rate schedules", Schedule),
    ("data", "Data", "data"),
    ("model", "Models and their answers", "model"),
    ("training", "Training", "training"),
    ("evaluation", "Evaluation", "evaluation"),
    ("recipes", "Recipes", "experiment"),
    ("export", "Export", "export"),
    ("import", "Import", "importing"),
)
ORDER = (
    "data", "model", "training", "evaluation", "recipes", "export", "import", "layers", "initializers",
    "losses", "optimizers", "schedules", "errors",
)  # fmt: skip
FOLDERS = {"nn": "layers", "ink": "data", "optim": "optimizers"}  # of what is no subclass: Mode, Normalization


def reference(pages: str) -> dict[str, str]:
    """The pages by their paths, in reStructuredText.   pages: the text of all others, whose snippets use modules"""
    written = {f"{HOME}index.rst": ""}
    entries: dict[str, tuple[str, list[tuple[str, Any]]]] = {}
    titles = {file: title for file, title, _ in KINDS}
    for file in ORDER:
        names = [name for name in numnist.__all__ if kind_of(name) == file]
        entries[file] = titles[file], [(f"numnist.{name}", getattr(numnist, name)) for name in names]
    for module in public_modules(pages):
        names = [(f"{module.__name__}.{name}", getattr(module, name)) for name in public_names(module)]
        entries[module.__name__.removeprefix("numnist.")] = module.__name__, names
    for file, (title, things) in entries.items():
        about = [f".. automodule:: {title}", ""] if title.startswith("numnist.") else []
        body = [line for name, thing in things for line in directive(name, thing)]
        written[f"{HOME}{file}.rst"] = "\n".join([*heading(title), *about, *body])
    written[f"{HOME}index.rst"] = index(entries)
    return written


def kind_of(name: str) -> str:
    """The file of a public name's page.   Raises LookupError for a name that belongs nowhere."""
    thing = getattr(numnist, name)
    folder = numnist._HOME[name].partition(".")[0]
    for file, _, belongs in KINDS:
        if folder == belongs if isinstance(belongs, str) else inspect.isclass(thing) and issubclass(thing, belongs):
            return file
    if folder in FOLDERS:
        return FOLDERS[folder]
    raise LookupError(f"numnist.{name} has no page: name its folder {folder!r} in KINDS or FOLDERS.")


def public_modules(pages: str) -> list[ModuleType]:
    """The modules of numnist that snippets in the pages import from."""
    snippets = "\n".join(PYTHON.findall(pages))
    return [import_module(name) for name in sorted(set(IMPORT.findall(snippets)))]


def public_names(module: ModuleType) -> list[str]:
    """What a module has for its users: what it lists, else what it defines."""
    defined = [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and callable(thing) and getattr(thing, "__module__", "") == module.__name__
    ]
    return sorted(getattr(module, "__all__", defined))


def directive(name: str, thing: Any) -> list[str]:
    """What lets Sphinx describe a thing."""
    if isinstance(thing, UnionType):
        kinds = ", ".join(f":py:obj:`{kind.__name__} <numnist.{kind.__name__}>`" for kind in thing.__args__)
        return [f".. py:data:: {name}", "", f"    One of {kinds}.", ""]
    if inspect.isclass(thing):
        kind = "exception" if issubclass(thing, BaseException) else "class"
        return [f".. auto{kind}:: {name}", "    :members:", ""]
    return [f".. autofunction:: {name}" if callable(thing) else f".. autodata:: {name}", ""]


def index(entries: dict[str, tuple[str, list[tuple[str, Any]]]]) -> str:
    """The list of all names with a line about each."""
    lines = [
        *heading("Python"),
        "Every public name, from its docstring. Arrays inside a network have the sample axis last, ``(C, H, W, N)``;",
        "what you pass to a model has it first. :doc:`/design` says why.",
        "",
    ]
    for file, (title, things) in entries.items():
        lines += [f".. rubric:: :doc:`{title} <{file}>`", ""]
        lines += [f"* :py:obj:`{name.removeprefix('numnist.')} <{name}>`: {brief(thing)}" for name, thing in things]
        lines += [""]
    return "\n".join([*lines, ".. toctree::", "    :hidden:", "", *(f"    {file}" for file in entries), ""])


def brief(thing: Any) -> str:
    """The first sentence of what describes a thing."""
    if isinstance(thing, UnionType):
        return "any event of a training"
    first = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    return escaped(re.split(r"\.\s|\s{3,}|:$", " ".join(first.split("\n")) + " ")[0].strip().replace("`", ""))


def heading(title: str) -> list[str]:
    return [title, "=" * len(title), ""]
