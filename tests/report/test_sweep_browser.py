"""The page of a sweep in a real browser: its table sorts; its charts are read by mouse, by keyboard and by tap."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from numnist.report.sweep.page import write_sweep_page
from tests.report.browser import opened
from tests.report.sample_sweeps import record, search, trial

LOOKS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
SEARCH = search()
COMPLETE = [trial for trial in SEARCH["trials"] if trial["state"] == "complete"]
BEST = max(COMPLETE, key=lambda trial: trial["validation_accuracy"])


@pytest.fixture(params=LOOKS)
def page(browser, tmp_path, request):
    yield from opened(browser, write_sweep_page(tmp_path, SEARCH), reduced_motion="reduce", **LOOKS[request.param])


def said(page: Any) -> dict[str, str]:
    """What the panel says of the chosen trial; nothing if none is."""
    panel = page.locator("#trial")
    if not panel.is_visible():
        return {}
    words = dict(zip(panel.locator("dt").all_text_contents(), panel.locator("dd").all_text_contents(), strict=True))
    return {"name": panel.locator("h2").inner_text()} | words


def about(trial: dict[str, Any]) -> dict[str, str]:
    """What is to be said of it."""
    choices = trial["choices"]
    accuracy = trial["validation_accuracy"]
    return {
        "name": trial["name"],
        "Validation accuracy": "failed" if accuracy is None else f"{accuracy:.2%}",
        "optimizer.learning_rate": f"{choices['optimizer.learning_rate']:.4g}",
        "network.5.rate": f"{choices['network.5.rate']:.4g}",
        "optimizer.type": choices["optimizer.type"],
        "batch_size": str(choices["batch_size"]),
    }


def focused(page: Any) -> str:
    """The number of the trial that has the focus."""
    return page.evaluate("document.activeElement.dataset.trial")


def enter(page: Any, chart: str) -> None:
    """Go to the chart as the Tab key does."""
    page.locator(f"{chart} [role=option][tabindex='0']").first.focus()


def test_each_chart_is_one_stop_of_the_tab_key(page):
    charts = page.locator("svg.chart")
    assert charts.count() == 6
    for chart in charts.all():
        assert chart.locator("[tabindex='0']").count() == 1
    enter(page, "#fields svg")
    page.keyboard.press("Tab")
    assert focused(page) is not None  # a trial, not the chart as a whole
    assert page.evaluate("document.activeElement.closest('svg').ariaLabel").endswith("against network.5.rate")


@pytest.mark.parametrize("chart", ["#fields figure:nth-child(3)", "#lines", "#curves"])
def test_the_arrow_keys_reach_every_trial_of_a_chart(page, chart):
    enter(page, chart)
    page.keyboard.press("Home")
    reached = [focused(page)]
    for _ in range(page.locator(f"{chart} [data-trial]").count() - 1):
        page.keyboard.press("ArrowRight")
        reached.append(focused(page))
    shown = page.locator(f"{chart} [data-trial]").evaluate_all("marks => marks.map((mark) => mark.dataset.trial)")
    assert sorted(reached) == sorted(shown)
    assert len(set(reached)) == len(reached)
    page.keyboard.press("ArrowDown")
    assert focused(page) == reached[-1]
    page.keyboard.press("ArrowUp")
    assert focused(page) == reached[-2]


def test_the_keyboard_starts_with_the_best_line_and_reads_it_out(page):
    enter(page, "#lines")
    assert said(page) == about(BEST)
    sentence = page.evaluate("document.activeElement.querySelector('title').textContent")
    assert sentence.startswith(f"{BEST['name']}: {BEST['validation_accuracy']:.2%} (optimizer.learning_rate ")
    option = page.get_by_role("option", name=sentence, selected=True)
    assert option.count() == 6  # it is the chosen one of every chart


def test_the_browser_tells_screen_readers_the_whole_trial(page):
    enter(page, "#lines")
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    (node,) = [
        n for n in nodes
        if any(p["name"] == "focused" and p["value"]["value"] for p in n.get("properties", ()))
        and n["role"]["value"] == "option"
    ]  # fmt: skip
    assert node["name"]["value"].startswith(f"{BEST['name']}: {BEST['validation_accuracy']:.2%} (")
    assert not node.get("description", {}).get("value")  # or they would say it twice


def test_where_the_keyboard_is_can_be_seen(page):
    enter(page, "#fields svg")
    page.keyboard.press("ArrowRight")
    style = "getComputedStyle(document.activeElement.closest('svg'))"
    assert page.evaluate(f"{style}.outlineStyle + ' ' + {style}.outlineWidth") == "solid 2px"
    assert page.locator("svg .chosen").count() >= 4  # it is emphasised in each chart that has it


@pytest.mark.parametrize("chart", ["#fields figure:nth-child(1)", "#fields figure:nth-child(4)"])
def test_a_tap_near_a_point_chooses_its_trial(page, chart):
    mark = page.locator(f"{chart} circle[data-trial].dot").last  # none lies above it
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    chosen = SEARCH["trials"][int(mark.get_attribute("data-trial"))]
    assert said(page) == about(chosen)
    assert focused(page) == mark.get_attribute("data-trial")  # the keyboard goes on from there


def test_a_finger_may_miss_a_line_by_a_little(browser, tmp_path):
    for page in opened(browser, write_sweep_page(tmp_path, SEARCH), **LOOKS["phone"]):
        page.locator("#lines svg").scroll_into_view_if_needed()
        # the left end of the topmost line, 10 pixels above it: nothing is nearer
        ends = page.locator("#lines polyline").evaluate_all(
            "lines => lines.map((line) => [line.dataset.trial, line.points[0].matrixTransform(line.getScreenCTM())])"
            ".map(([number, {x, y}]) => [number, x, y])"
        )
        number, x, y = min(ends, key=lambda end: end[2])
        page.touchscreen.tap(x, y - 10)
        assert said(page) == about(SEARCH["trials"][int(number)])
        chart = page.locator("#fields svg").first
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # 50 pixels from any
        assert said(page) == {}


def test_the_buttons_go_on_to_what_no_finger_can_hit(page):
    enter(page, "#curves")
    first = said(page)["name"]
    page.get_by_role("button", name="Next trial").click()
    second = said(page)["name"]
    assert second != first
    assert page.get_by_role("status").text_content().startswith(f"{second}: ")
    page.get_by_role("button", name="Previous trial").click()
    assert said(page)["name"] == first
    page.get_by_role("button", name="Previous trial").click()  # from the first to the last
    assert said(page)["name"] not in (first, second)
    page.get_by_role("button", name="Close").click()
    assert said(page) == {}
    assert focused(page) is not None  # and the keyboard is where it was


def test_escape_closes(page):
    enter(page, "#lines")
    assert said(page)
    page.keyboard.press("Escape")
    assert said(page) == {}
    assert page.locator("svg .chosen").count() == 0
    page.keyboard.press("ArrowRight")
    assert said(page)


def test_a_mouse_shows_a_trial_while_it_is_there(browser, tmp_path):
    for page in opened(browser, write_sweep_page(tmp_path, SEARCH), **LOOKS["desktop"]):
        page.locator("#fields circle.dot").last.hover()
        assert said(page)
        page.locator("h2").first.hover()
        assert said(page) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(browser, tmp_path, look, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    options = {"color_scheme": scheme, "reduced_motion": "reduce", **LOOKS[look]}
    for page in opened(browser, write_sweep_page(tmp_path, search(24)), **options):
        enter(page, "#lines")
        found = axe.Axe().run(page).response["violations"]
        assert [(one["id"], node["html"][:160]) for one in found for node in one["nodes"]] == []


def test_what_is_wider_than_a_phone_scrolls_by_keyboard(browser, tmp_path):
    for page in opened(browser, write_sweep_page(tmp_path, SEARCH), **LOOKS["phone"]):
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        for name in ("Parallel coordinates", "Learning curves of all trials"):
            region = page.get_by_role("region", name=name)
            region.focus()
            edge = region.evaluate("region => [region.scrollWidth > region.clientWidth, region.scrollLeft]")
            assert edge == [True, 0]
            page.keyboard.press("ArrowRight")
            page.wait_for_function("region => region.scrollLeft > 0", arg=region.element_handle())


def test_a_shadow_is_where_there_is_more(browser, tmp_path):
    for page in opened(browser, write_sweep_page(tmp_path, SEARCH), reduced_motion="reduce", **LOOKS["phone"]):
        region = page.get_by_role("region", name="Parallel coordinates")
        shadows = []
        for place in (0, 100, 10_000):
            region.evaluate("(region, place) => { region.scrollLeft = place; }", place)
            picture = np.asarray(Image.open(io.BytesIO(region.screenshot())).convert("L"))
            background = np.median(picture)
            # the outermost columns at the chart's foot, where it draws nothing: 5 of 255 can be seen
            shadows.append([bool(np.median(column) < background - 5) for column in (picture[-8:, 0], picture[-8:, -1])])
        assert shadows == [[False, True], [True, True], [True, False]]


def test_without_script_a_mark_still_has_a_title(browser, tmp_path):
    for page in opened(browser, write_sweep_page(tmp_path, SEARCH), java_script_enabled=False):
        assert page.locator("#trial").count() == 0
        assert page.get_by_role("img", name="against batch_size").is_visible()
        assert page.locator("#lines polyline").last.text_content().startswith(f"{BEST['name']}: ")
        assert page.get_by_text("Point at a mark to see its trial.").count() == 3


def test_a_chart_without_a_trial_is_no_list(browser, tmp_path):
    running = record(trial(0, 0.9, "running", a=1), trial(1, 0.8, "running", a=2), fields=("a",))
    for page in opened(browser, write_sweep_page(tmp_path, running)):
        assert page.get_by_role("listbox").count() == 0


def test_the_table_sorts(browser, tmp_path):
    rows = [(0.1, "SGD", 0.90, 12.0), (0.01, "Adam", 0.95, 3.0), (0.2, "RMSProp", 0.85, 100.0)]
    trials = [
        trial(k, accuracy, **{"optimizer.learning_rate": rate, "optimizer.type": kind}) | {"train_seconds": seconds}
        for k, (rate, kind, accuracy, seconds) in enumerate(rows)
    ]
    for page in opened(browser, write_sweep_page(tmp_path, record(*trials)), **LOOKS["phone"]):
        kinds = page.locator("#settings tbody tr td:nth-child(2)")
        assert kinds.all_text_contents() == ["Adam", "SGD", "RMSProp"]  # the best first
        for _ in range(2):
            page.get_by_role("button", name="time").click()
        assert page.locator("#settings th[aria-sort]").text_content() == "time"
        assert kinds.all_text_contents() == ["Adam", "SGD", "RMSProp"]  # 3.0 s, 12.0 s, 2 min
        page.get_by_role("button", name="optimizer.learning_rate").click()
        assert kinds.all_text_contents() == ["RMSProp", "SGD", "Adam"]
        assert page.evaluate("document.documentElement.scrollWidth") == 390
