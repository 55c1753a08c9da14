"""The page in German: chosen by the browser, the reader or the address; German wherever it is looked at."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from numnist.serve.state import pictures
from tests.serve.page.browser import FOUR, ONE, draw, said, tool
from tests.serve.page.test_access import settle
from tests.serve.page.test_lost import GONE, leave
from tests.serve.page.test_place import place
from tests.serve.page.test_several import SEVEN_FOUR
from tests.serve.page.test_training import few as few
from tests.serve.page.test_words import own, server_words, table

GERMAN = {"locale": "de-DE", "reduced_motion": "reduce"}
SCRIBBLE = [[(60 + 20 * (k % 2) * 8, 40 + 12 * k) for k in range(18)], [(40, 240), (240, 40)], [(40, 40), (240, 240)]]

READ = """() => {
  const skipped = "code, pre, kbd, option[lang], #model, .source .note";
  const words = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (words.nextNode()) {
    const { data, parentElement } = words.currentNode;
    if (!parentElement.closest(skipped + ", script, style")) texts.push(data);
  }
  for (const part of document.querySelectorAll("*")) {
    if (part.closest(skipped)) continue;
    for (const name of ["aria-label", "title", "placeholder", "label", "aria-valuetext", "aria-roledescription"]) {
      if (part.hasAttribute(name)) texts.push(part.getAttribute(name));
    }
  }
  return texts.map((text) => text.trim()).filter(Boolean);
}"""


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    """Fewer strokes than the page works with, so that no test waits for neighbours."""
    monkeypatch.setattr(pictures, "DRAWN", {"train": 300, "test": 100})


def english() -> list[re.Pattern[str]]:
    """What only English says: the parts of its sentences between the placeholders, of two words and more."""
    sentences = [*own("en").values(), *server_words().values()]
    texts = [text for each in sentences for text in (each.values() if isinstance(each, dict) else [each])]
    parts = {part.strip() for text in texts for part in re.split(r"\{[^}]*\}", text)}
    german = " ".join(map(str, table("de").values()))
    few = {part for part in parts if len(re.findall(r"[A-Za-z]{2,}", part)) > 1 and part not in german}
    common = r"\b(the|of|and|with|your|is|are|to|pixels|layer|weights|picture|network|loss|step|row|column)\b"
    return [re.compile(common), *(re.compile(rf"(?<!\w){re.escape(part)}(?!\w)") for part in sorted(few))]


def only_german(page: Any) -> None:
    found = [
        text for text in page.evaluate(READ) if not CODE.fullmatch(text) and any(one.search(text) for one in ENGLISH)
    ]
    assert found == []


ENGLISH = english()
CODE = re.compile(r"(Schicht \S+: )?[A-Z]\w+\(.*\)(, [\d×]+)?")  # a layer as it is written


def look_everywhere(page: Any) -> None:
    """Draw a 4, open a unit and all details, show gradients and a counterfactual, and press whatever computes."""
    draw(page, FOUR)
    said(page, "eine 4")
    page.locator("#network .network-content").evaluate("part => part.scrollIntoView({behavior: 'instant'})")
    page.locator("#layer canvas.units").click(position={"x": 20, "y": 20})
    page.wait_for_selector("#network .unit .formula")
    page.get_by_label("Rückwärts: die Gradienten zeigen").check()
    page.locator("#network .unit .unit-lines").scroll_into_view_if_needed()
    page.wait_for_selector("#network .unit .formula >> nth=1")
    page.locator(".block-toggle").click()
    page.locator(".counterfactual .labels button").nth(9).click()
    page.wait_for_selector(".counterfactual-frames:not([hidden])")
    while page.locator(".on-demand button").count():
        page.locator(".on-demand button").first.click()
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    for name in ("prediction", "preprocessing", "network", "compare", "training", "drawings"):
        page.locator(f"#{name}").scroll_into_view_if_needed()
        settle(page)


def test_all_panels_are_german(open_page):
    page = open_page(**GERMAN)
    assert page.evaluate("document.documentElement.lang") == "de"
    assert page.title() == "numnist: zeichne eine Ziffer"
    look_everywhere(page)
    assert page.locator("#headline .headline").inner_text() == "Eine 4, >99,9\u00a0%"
    assert "326.826 Parameter" in page.locator("#about-model").inner_text()
    only_german(page)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    serious = [
        (one["id"], node["html"][:160])
        for one in axe.Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert serious == []


def test_every_block_and_the_softmax_are_german(open_page):
    page = open_page(**GERMAN)
    draw(page, FOUR)
    page.locator("#network").scroll_into_view_if_needed()
    page.get_by_label("Rückwärts: die Gradienten zeigen").check()
    tabs = page.locator("#network [id^=block-tab-]")
    page.wait_for_selector(".layer-tabs.backward")
    for k in range(tabs.count()):
        tabs.nth(k).click()
        only_german(page)
    assert "keine von diesen" in page.locator(".softmax-steps").inner_text()


@pytest.mark.parametrize("width", [320, 390])
def test_german_fits_on_a_phone(open_page, width):
    page = open_page(width=width, height=640, has_touch=True, is_mobile=True, **GERMAN)
    look_everywhere(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    cut = page.evaluate(
        """() => [...document.querySelectorAll("button, label, h2, h3, h4, th")].filter(
             (part) => part.checkVisibility() && part.clientWidth > 1 && part.scrollWidth > part.clientWidth + 1
               && !part.closest(".scrolls, .confusion, .hidden-words, .layer-tab")
           ).map((part) => part.outerHTML.slice(0, 120))"""
    )
    assert cut == []
    kinds = page.locator(".layer-tabs .layer-tab .layer-kind")  # below them stand shapes, as long in every language
    wide = kinds.evaluate_all(
        "all => all.filter((kind) => kind.scrollWidth > kind.closest('button').offsetWidth).length"
    )
    assert wide == 0


def test_several_digits_no_digit_stage_and_tour_are_german(open_page):
    page = open_page(**GERMAN)
    draw(page, SEVEN_FOUR)
    said(page, "74,")
    assert "Ziffer 2 von 2" in page.locator("#which-digit").inner_text()
    only_german(page)
    tool(page, "clear")
    draw(page, SCRIBBLE)
    page.wait_for_selector("#headline[data-kind=unsure][aria-busy=false]")
    only_german(page)
    page.keyboard.press("s")
    page.wait_for_selector("body.stage")
    assert page.locator("#stage").inner_text() == "Verlassen"
    only_german(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Rundgang beginnen").click()
    for stop in range(1, 7):
        page.wait_for_function(
            "text => document.querySelector('#tour-title').textContent.startsWith(text)", arg=f"{stop} von 6"
        )
        page.wait_for_function("() => !document.querySelector('#tour-text').textContent.startsWith('Das Netz rechnet')")
        only_german(page)
        page.locator(".tour .primary").click()
    page.wait_for_selector(".tour", state="hidden")


def test_a_server_that_is_gone_is_told_in_german(open_page):
    page = open_page(failures=[GONE], **GERMAN)
    leave(page)
    draw(page, ONE)
    said(page, "Der Server antwortet nicht")
    assert "Die Seite versucht es von selbst wieder." in page.locator("#headline").inner_text()
    page.locator("#network").scroll_into_view_if_needed()
    only_german(page)


def refuse(status: int, body: Any, route: Any) -> None:
    route.fulfill(status=status, json=body)


def test_an_error_is_told_by_its_code_with_the_servers_words_behind_it(open_page):
    page = open_page(failures=["status of 400", "status of 418"], **GERMAN)
    for code, status, words in (
        ("broken_picture", 400, "Das Bild ist beschädigt: speichere es neu. (Der Server meldet: it is torn.)"),
        ("teapot", 418, "Der Server meldet: it is torn."),
    ):
        body = {"error": {"code": code, "message": "it is torn."}}
        page.route("**/api/look*", partial(refuse, status, body))
        draw(page, ONE)
        said(page, words)
        page.unroute("**/api/look*")


def test_a_training_is_german(open_page, few):
    page = open_page(**GERMAN)
    draw(page, FOUR)
    panel = page.locator("#training")
    panel.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#training select').options.length > 0")
    for recipe in panel.locator("select").first.locator("option").all_inner_texts():
        panel.get_by_label("Rezept").select_option(recipe)
        only_german(page)
    panel.get_by_label("Rezept").select_option("mlp-quick")
    panel.get_by_label("Daten", exact=True).select_option("strokes")
    panel.get_by_label("Epochen", exact=True).fill("20")  # for as long as we look
    panel.get_by_role("button", name="Starten").click()
    page.wait_for_function("() => document.querySelector('.training-state').textContent.startsWith('Schritt ')")
    only_german(page)
    panel.get_by_role("button", name="Anhalten").click()
    page.wait_for_function("() => /^(Angehalten|Fertig)/.test(document.querySelector('.training-state').textContent)")
    panel.get_by_role("button", name="Modell speichern").wait_for()
    only_german(page)


# ---- the choice ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("locale", "language"), [("de-AT", "de"), ("en-GB", "en"), ("fr-FR", "en")])
def test_the_browser_chooses_the_language(open_page, locale, language):
    assert open_page(locale=locale).evaluate("document.documentElement.lang") == language


def test_the_reader_chooses_and_the_drawing_stays(open_page):
    page = open_page()
    draw(page, FOUR)
    said(page, "A 4,")
    page.get_by_label("Language").select_option("de")
    page.wait_for_function("() => document.documentElement.lang === 'de'")
    said(page, "Eine 4,")
    assert place(page)["lang"] == "de"
    page.goto("about:blank")
    page.goto("/")  # without the address the choice is remembered
    page.wait_for_selector("#steps li")
    assert page.evaluate("document.documentElement.lang") == "de"
    page.get_by_label("Sprache").select_option("en")
    page.wait_for_function("() => document.documentElement.lang === 'en'")
    said(page, "A 4,")


def test_the_address_names_the_language(open_page):
    page = open_page()
    page.evaluate("location.hash = '#model=lesson-0&lang=de'")  # followed at once
    page.wait_for_function("() => document.documentElement.lang === 'de'")
    page.wait_for_selector("#steps li")
    assert place(page) == {"model": "lesson-0", "lang": "de"}
    page.goto("about:blank")
    page.goto("/#lang=xx")
    page.wait_for_selector("#steps li")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "lang" not in place(page)


def test_numbers_and_formulas_are_written_as_the_language_does(open_page):
    write = """async () => {
      const { chance, count, number } = await import("/page/base/format.js");
      const { formulaWords, oneOf } = await import("/page/base/words.js");
      return [chance(0.5), chance(1), count(1234567), number(-0.0123), number(1.5e-7), oneOf("8"), oneOf("Bag"),
        formulaWords("max(0.5, −1.2) = 0.5"), formulaWords("y[7, 3, 3] = max x over the window"),
        formulaWords("0.5·2 + (782 more: 0.31)"), formulaWords("dx = dy where x > 0, else slope·dy")];
    }"""
    assert open_page(locale="en-US").evaluate(write) == [
        "50.0%", ">99.9%", "1,234,567", "−0.0123", "1.50×10⁻⁷", "an 8", "a Bag", "max(0.5, −1.2) = 0.5",
        "y[7, 3, 3] = max x over the window", "0.5·2 + (782 more: 0.31)", "dx = dy where x > 0, else slope·dy",
    ]  # fmt: skip
    assert open_page(locale="de-DE").evaluate(write) == [
        "50,0\u00a0%", ">99,9\u00a0%", "1.234.567", "−0,0123", "1,50×10⁻⁷", "eine 8", "„Bag“", "max(0,5; −1,2) = 0,5",
        "y[7, 3, 3] = max x im Fenster", "0,5·2 + (782 weitere: 0,31)", "dx = dy für x > 0, sonst slope·dy",
    ]  # fmt: skip
