"""The built site: every link leads somewhere, every public name and command is in the reference, the demo is there."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import numnist
from numnist.cli import COMMANDS, DATA_COMMANDS, SHOW_COMMANDS
from tests.docs.pages import DOCS

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """The addresses, anchors and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


@cache
def page(path: Path) -> Page:
    return Page(path.read_text("utf-8"))


def broken(path: Path) -> list[str]:
    """The links of a page that lead nowhere; those to other hosts are not followed."""
    wrong = []
    for link in page(path).links:
        parts = urlsplit(link)
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if parts.scheme:
            continue
        anchored = target.suffix == ".html" and target.is_file() and parts.fragment
        if not target.is_file() or (anchored and unquote(parts.fragment) not in page(target).anchors):
            wrong.append(f"{path.name}: {link}")
    return wrong


def test_every_link_leads_somewhere(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 100
    assert [wrong for path in pages for wrong in broken(path)] == []


def test_a_link_to_nowhere_is_seen(tmp_path):
    (tmp_path / "a.html").write_text('<a href="a.html#b"><a href="#c" id="c"><a href="d.html"><a href="https://e">')
    assert broken(tmp_path / "a.html") == ["a.html: a.html#b", "a.html: d.html"]


def test_links_to_other_hosts_are_plain_links(site):
    """Nothing is loaded from another host: scripts, sheets, fonts and pictures are the site's own."""
    for path in site.rglob("*.html"):
        text = path.read_text("utf-8")
        assert 'src="http' not in text, path
        assert 'rel="stylesheet" href="http' not in text, path
        assert "preconnect" not in text, path
    for path in site.rglob("*.css"):
        assert "url(http" not in path.read_text("utf-8").replace('"', ""), path


def test_every_public_name_is_in_the_reference(site):
    found = {name for path in site.glob("reference/python/*.html") for name in page(path).anchors}
    assert {f"numnist.{name}" for name in numnist.__all__} <= found
    assert {"numnist.sklearn.NumnistClassifier", "numnist.nn.functional.conv2d"} <= found
    assert {"numnist.Model.predict", "numnist.Dataset.of", "numnist.Evaluation.accuracy"} <= found


def test_every_command_is_in_the_reference(site):
    anchors = page(site / "reference" / "commands.html").anchors
    names = [*COMMANDS, *(f"data-{name}" for name in DATA_COMMANDS), *(f"show-{name}" for name in SHOW_COMMANDS)]
    assert {f"numnist-{name}" for name in names} <= anchors
    assert "from the recipe" not in anchors


def test_every_page_of_docs_is_in_the_site_and_its_menu(site):
    menu = {unquote(urlsplit(link).path) for link in page(site / "index.html").links}
    for path in DOCS.rglob("*.md"):
        name = path.relative_to(DOCS).with_suffix(".html").as_posix()
        assert (site / name).is_file(), name
        assert name in menu or name == "index.html", name


def test_the_demo_is_the_exported_page(site, tmp_path):
    exported = numnist.export_model("digits", tmp_path / "digits.html")
    assert (site / "digits.html").read_bytes() == Path(exported).read_bytes()


def test_nothing_of_the_machine_that_builds_is_in_it(site):
    home = str(DOCS.parent)
    assert not [path for path in site.rglob("*.html") if home in path.read_text("utf-8")]
