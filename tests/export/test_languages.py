"""The exported page in German: chosen by the browser, the reader or the address, and no drawing is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from numnist import export_model
from numnist.export import page as folder
from numnist.nn import LAYERS
from tests.export.test_page import LOOKS, NUMBER, said, show_everything
from tests.serve.page.browser import FOUR, draw
from tests.serve.page.test_words import WORDS, strings, table as server

PAGE = Path(folder.__file__).parent
MODULES = [path for part in ("panels", "drawing") for path in sorted((PAGE / part).rglob("*.js"))]
MODULES += [PAGE / "main.js"]
OTHERS = sorted(path.stem for path in (PAGE / "words").glob("*.js") if path.stem != "en")
ALLOWED = {*LAYERS, "none best", "(prefers-color-scheme: dark)"}  # names of code and of classes, a media query


def table(code: str) -> dict[str, str]:
    text = (PAGE / "words" / f"{code}.js").read_text("utf-8")
    return json.loads(text[text.index("= {") + 2 :].rstrip().removesuffix(";"))


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    return export_model("digits", tmp_path_factory.mktemp("page") / "digits.html")


@pytest.mark.parametrize("code", OTHERS)
def test_every_language_has_the_same_sentences_and_placeholders(code):
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert [key for key in table(code) if not key.startswith("title.")] == list(table("en"))
    assert [key for key, text in table("en").items() if holes(text) != holes(table(code)[key])] == []


@pytest.mark.parametrize("code", OTHERS)
def test_titles_of_recipes_are_those_of_the_servers_page(code):
    titles, theirs = (
        {key: text for key, text in each.items() if key.startswith("title.")} for each in (table(code), server(code))
    )
    assert len(titles) > 10
    assert titles == theirs


def test_every_sentence_is_used_and_there():
    text = "\n".join(path.read_text("utf-8") for path in MODULES) + (PAGE / "index.html").read_text("utf-8")
    asked = set(re.findall(r'"([a-z]+\.[\w.]+)"', text))
    groups = {key.partition(".")[0] for key in table("en")}
    beginnings = tuple(re.findall(r"`([a-z]+\.)\$\{", text))
    assert {key for key in asked if key.partition(".")[0] in groups} <= table("en").keys()
    assert [key for key in table("en") if key not in asked and not key.startswith(beginnings)] == []
    assert {f"layer.{name}" for name in LAYERS} - {"layer.Residual", "layer.Sequential"} <= table("en").keys()


def test_no_sentence_stands_outside_the_tables():
    literals = [(path.name, text) for path in MODULES for text in strings(path.read_text("utf-8"))]
    assert [(name, text) for name, text in literals if WORDS.search(text) and text not in ALLOWED] == []


def english() -> re.Pattern[str]:
    return re.compile(r"\b(the|of|and|with|your|is|are|pixels|layer|weights|picture|network|sure|moved|scaled|input)\b")


def only_german(page: Any) -> None:
    lines = page.locator("body").inner_text().splitlines()
    names = page.locator("[aria-label]").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    assert [text for text in lines + names if english().search(text)] == []


@pytest.mark.parametrize("look", LOOKS)
def test_it_is_german_for_a_german_browser(open_file, digits, look):
    page = open_file(digits, locale="de-DE", **LOOKS[look])
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.title() == "digits: numnist in einer Datei"
    show_everything(page)
    assert re.search(r">99,9\u00a0%, und das Modell ist sicher", page.locator("#headline").inner_text())
    only_german(page)
    assert "digits: sieben Faltungen, das mitgelieferte Modell für Ziffern" in page.locator("#facts").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    found = axe.Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_the_reader_chooses_and_the_drawing_stays(open_file, digits):
    page = open_file(digits)
    assert page.evaluate("document.documentElement.lang") == "en"
    draw(page, NUMBER)
    said(page, "and the model is sure")
    page.get_by_label("Language").select_option("de")
    said(page, "und das Modell ist sicher")
    page.wait_for_selector("#inside[aria-busy=false] canvas")
    only_german(page)
    page.locator("a.skip").press("Enter")  # #drawing names no language: it stays German
    page.get_by_label("Sprache").select_option("en")
    said(page, "and the model is sure")
    page.goto(f"{digits.as_uri()}#lang=de")
    page.wait_for_function("() => document.documentElement.lang === 'de'")
    draw(page, FOUR)
