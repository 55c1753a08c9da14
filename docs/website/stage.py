"""Puts the pages of the site together: those of docs/ and of the repository, and those written from the library.

A page that is new in docs/ joins by itself: its folder says in which part of the site it stands; a page that lies in
docs/ itself is a how-to unless PARTS says otherwise.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from os.path import relpath
from pathlib import Path, PurePosixPath

from website.commands import command_page
from website.demo import demo
from website.explained import chapters
from website.notebooks import notebook
from website.reference import reference

# Each part's pages, in this order; what is not named comes after them, by name.
PARTS = {
    "tutorial": ("tutorial/first-result", "tutorial/first-network", "try", "lessons", "exercises"),
    "how-to": (
        "how-to/own-pictures", "how-to/own-arrays", "how-to/fine-tune", "recipes", "how-to/export", "exchange",
        "one-file", "how-to/serve", "how-to/many-cores", "scaling", "scikit-learn", "how-to/offline",
        "how-to/windows-and-mac",
    ),
    "reference": ("reference/python/index", "reference/commands", "api", "data", "reference/files", "reference/extras"),
    "explanation": ("design", "pictures", "strokes", "performance", "results", "reliability", "explanation/chapters"),
    "help": ("troubleshooting",),
    "project": ("readme", "contributing", "changelog"),
}  # fmt: skip
ROOT = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "LICENSE",
}
KINDS = {".md", ".ipynb", ".png", ".svg", ".html", ".json"}
OURS = {"website"}  # folders of docs/ that hold no pages
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")


def stage(repository: Path, out: Path) -> None:
    """Write the sources of all pages into a folder, as Sphinx takes them."""
    places = {repository / name: out / staged for name, staged in ROOT.items()}
    for path in files(repository / "docs"):
        place = out / path.relative_to(repository / "docs")
        places[path] = place.with_suffix(".md") if path.suffix == ".ipynb" else place
    for path, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            place.write_text(linked(path.read_text("utf-8"), path, places), "utf-8")
        elif path.suffix == ".ipynb":
            place.write_text(notebook(path.read_text("utf-8"), place), "utf-8")
        else:
            shutil.copyfile(path, place)
    snippets = "\n".join(path.read_text("utf-8") for path in places if path.suffix == ".md")
    for name, text in {**reference(snippets), "reference/commands.md": command_page(), **chapters()}.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text, "utf-8")
    (out / "try.md").write_text(demo(out / "extra"), "utf-8")
    index = out / "index.md"
    index.write_text(with_pages(index.read_text("utf-8"), out), "utf-8")


def files(docs: Path) -> Iterator[Path]:
    """The pages and pictures in docs/."""
    for path in sorted(docs.rglob("*")):
        inside = path.relative_to(docs).parts
        if path.is_file() and path.suffix in KINDS and inside[0] not in OURS:
            yield path


def linked(text: str, path: Path, places: dict[Path, Path]) -> str:
    """A page whose links lead to where the files are in the site.   path: where it is; places: where each file goes"""

    def moved(link: re.Match[str]) -> str:
        target = (path.parent / link[2]).resolve()
        if target not in places:
            return link[0]
        where = relpath(places[target], places[path].parent)
        return f"{link[1]}{PurePosixPath(Path(where))}{link[3] or ''}{link[4]}"

    return outside_code(text, lambda part: LINK.sub(moved, part))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """A page with everything changed but its blocks of code."""
    parts = re.split(r"(^```.*?^```\n)", text, flags=re.DOTALL | re.MULTILINE)
    return "".join(part if i % 2 else change(part) for i, part in enumerate(parts))


def part_of(name: str) -> str:
    """The part of the site in which a page stands.   name: without its ending"""
    for part, names in PARTS.items():
        if name in names:
            return part
    return name.partition("/")[0] if name.partition("/")[0] in PARTS else "how-to"


def with_pages(index: str, out: Path) -> str:
    """The start page with the pages of each part where it says `<!-- pages: PART -->`."""
    names = [str(PurePosixPath(path.relative_to(out).with_suffix(""))) for path in sorted(out.rglob("*.*"))
             if path.suffix in {".md", ".rst"}]  # fmt: skip
    inner = ("reference/python/", "explanation/chapters/")  # listed by their own index

    def listed(marker: re.Match[str]) -> str:
        part = marker[1]
        first = [name for name in PARTS[part] if name in names]
        rest = [n for n in names if part_of(n) == part and n not in first and n != "index" and not n.startswith(inner)]
        return "\n".join(["```{toctree}", f":caption: {part.capitalize()}", ":maxdepth: 1", "", *first, *rest, "```"])

    return re.sub(r"<!-- pages: ([\w-]+) -->", listed, index)
