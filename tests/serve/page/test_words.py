"""The page's words: every language has every sentence, every sentence is used, and none stands outside the tables."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import numnist
from numnist.experiment.recipe import recipes
from numnist.naive.activations import ACTIVATIONS
from numnist.serve.assets.files import PAGE

OTHERS = sorted(path.stem for path in (PAGE / "words").glob("*.js") if path.stem != "en")
MODULES = [path for path in sorted(PAGE.rglob("*.js")) if path.parent.name != "words"]
PARTS = {"explain": "units", "serve": ""}  # folders of numnist where the server's sentences are made


def table(code: str) -> dict[str, Any]:
    """A language's table: strict JSON between the export and the semicolon."""
    text = (PAGE / "words" / f"{code}.js").read_text("utf-8")
    return json.loads(text[text.index("= {") + 2 :].rstrip().removesuffix(";"))


def own(code: str) -> dict[str, Any]:
    """Without what the server says and the titles of recipes, whose English is Python's."""
    return {key: text for key, text in table(code).items() if not key.startswith(("server.", "title."))}


def holes(text: Any) -> set[str]:
    """The placeholders of a sentence; how a number or a class is written in it is the language's business."""
    texts = text.values() if isinstance(text, dict) else [text]
    return {name for each in texts for _, name, _, _ in Formatter().parse(each) if name}


def server_words() -> dict[str, str]:
    """Each sentence that the server makes as words: key -> English."""
    found = {f"unit.activation.{name}": one.sentence for name, one in ACTIVATIONS.items()}
    root = Path(numnist.__file__).parent
    for path in (file for folder, part in PARTS.items() for file in (root / folder / part).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", None) == "Words":
                key, text = call.args
                if isinstance(key, ast.Constant):
                    assert isinstance(text, ast.Constant), ast.dump(text)
                    found[key.value] = text.value
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_same_sentences(code):
    assert list(own(code)) == list(own("en"))  # in the same order: a translator reads them side by side


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_has_the_same_placeholders(code):
    theirs = table(code)
    different = [
        key
        for key, text in own("en").items()
        if not (holes(theirs[key]) < holes(text) if key.startswith("error.") else False)
        and holes(theirs[key]) != holes(text)
    ]
    assert different == []  # an error's own words may do without the server's message


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_says_what_the_server_says(code):
    said = {f"server.{key}": text for key, text in server_words().items()}
    theirs = {key: text for key, text in table(code).items() if key.startswith("server.")}
    assert theirs.keys() == said.keys()
    assert [key for key, text in said.items() if holes(theirs[key]) != holes(text)] == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_titles_of_numnists_recipes(code):
    titles = {f"title.{each.title}" for each in recipes()}
    assert {key for key in table(code) if key.startswith("title.")} == titles


def used() -> tuple[set[str], set[str]]:
    """The keys that the page asks for, and the beginnings of those that it puts together."""
    text = "\n".join(path.read_text("utf-8") for path in MODULES)
    page = (PAGE / "index.html").read_text("utf-8")
    keys = set(re.findall(r'data-say(?:-label|-title)?="([^"]+)"', page)) | set(
        re.findall(r'"([a-z_]+\.[\w.]+)"', text)
    )
    return keys, set(re.findall(r"`([a-z_]+\.[\w.]*)\$\{", text))


def test_every_sentence_is_used():
    keys, beginnings = used()
    unused = [key for key in own("en") if key not in keys and not key.startswith(tuple(beginnings))]
    assert unused == []


def test_no_sentence_is_missing():
    keys, _ = used()
    groups = {key.partition(".")[0] for key in own("en")}
    wanted = {key for key in keys if key.partition(".")[0] in groups}
    assert wanted - own("en").keys() == set()


def strings(text: str) -> list[str]:
    """The string literals of a module, without its comments and the names of classes."""
    text = re.sub(r'class: (?:"[^"]*"|`[^`]*`)', "", text)
    text = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", text, flags=re.DOTALL)
    return re.findall(r'"((?:[^"\\\n]|\\.)*)"', text) + re.findall(r"`((?:[^`\\]|\\.)*)`", text)


WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|^[A-Z][a-z]{2,}[.!?]?$|[a-z]{2,}[.!?:] ")
CLASSES = {name for path in PAGE.rglob("*.css") for name in re.findall(r"\.([a-z][\w-]*)", path.read_text("utf-8"))}
CODE = ("words: ", "--", "(prefers-", "input:not(", "button, ", "a, button")  # a programmer's error, and selectors
ALLOWED = {
    "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Escape", "Enter", "Home", "End", "Delete", "Files",
    "Content-Type", "Retry-After", "AbortError", "ApiError", "POST", "DELETE",
    "11px system-ui, sans-serif", "numnist predict --model runs/${saved}",
}  # fmt: skip


def test_no_sentence_stands_outside_the_tables():
    found = []
    for path in MODULES:
        for literal in strings(path.read_text("utf-8")):
            bare = re.sub(r"\$\{[^}]*\}", "", literal)
            names = set(bare.split()) <= CLASSES
            if WORDS.search(bare) and not names and literal not in ALLOWED and not literal.startswith(CODE):
                found.append(f"{path.name}: {literal}")
    assert found == []


def test_the_page_itself_has_only_keys():
    page = re.sub(
        r"<(svg|title|script|h1)\b.*?</\1>|<kbd>.*?</kbd>",
        "",
        (PAGE / "index.html").read_text("utf-8"),
        flags=re.DOTALL,
    )
    assert re.findall(r">\s*([^<>\s][^<>]*)<", page.partition("<body>")[2]) == []
    assert re.findall(r'\b(?<!-)(?:aria-label|title|placeholder)="[^"]*"', page) == []
