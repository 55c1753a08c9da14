"""A server that is gone, busy, hangs or refuses: the page says so at once, tries again by itself, and recovers."""

from __future__ import annotations

import pytest

from tests.serve.page.browser import FOUR, ONE, PATIENCE, draw, said, settled

GONE = "ERR_CONNECTION_REFUSED"


def leave(page, path="**/api/**"):
    """From now on nobody listens there."""
    page.route(path, lambda route: route.abort("connectionrefused"))


def nothing_old_is_shown(page):
    assert page.locator("#headline").get_attribute("data-kind") == "lost"
    assert set(page.locator("#bars .value").all_inner_texts()) == {"–"}
    assert page.locator("#bars .best").count() == 0
    assert page.locator("#times dd").all_inner_texts() == ["–"] * 3
    for part in ("#input canvas", "#steps li >> nth=0", "#boxes"):
        assert page.locator(part).evaluate("part => getComputedStyle(part).visibility") == "hidden"


def test_without_a_server_no_old_answer_stands_over_a_new_drawing(open_page):
    page = open_page(failures=[GONE])
    draw(page, FOUR)
    said(page, "A 4,")
    leave(page)
    page.locator('[data-tool="clear"]').click()
    draw(page, ONE)
    said(page, "The server does not respond")
    assert "tries again by itself" in settled(page)
    nothing_old_is_shown(page)
    page.unroute("**/api/**")
    said(page, "A 1,")
    assert page.locator("#bars .best th").inner_text() == "1"
    assert page.locator("#input canvas").is_visible()


@pytest.mark.parametrize("sign", ["visibilitychange", "online", "returned"])
def test_it_is_tried_again_at_once_when_the_page_is_looked_at_or_network_or_server_return(open_page, sign):
    page = open_page()
    seen = page.evaluate(
        """async (sign) => {
          const { ApiError, returned } = await import("/page/base/api.js");
          const { question } = await import("/page/base/question.js");
          window.setTimeout = () => 0; // no pause ends by itself
          const answers = [Promise.reject(new ApiError(0, "unreachable", "Gone.")), Promise.resolve("here")];
          const seen = [];
          const settled = () => new Promise((resolve) => { const { port1, port2 } = new MessageChannel();
            port1.onmessage = resolve; port2.postMessage(0); });
          const failed = (error, passing) => seen.push(error.message, passing);
          question({ ask: () => answers.shift(), show: (answer) => seen.push(answer), failed }).now();
          await settled();
          seen.push("…");
          const target = { online: window, visibilitychange: document, returned }[sign];
          target.dispatchEvent(new Event(sign));
          target.dispatchEvent(new Event(sign)); // asks no second time
          await settled();
          return seen;
        }""",
        sign,
    )
    assert seen == ["Gone.", True, "…", "here"]


def test_the_pauses_grow_up_to_ten_seconds(open_page):
    page = open_page()
    pauses = page.evaluate(
        """async () => {
          const { pause } = await import("/page/base/question.js");
          return [0, 1, 2, 3, 4, 5, 50].map(pause);
        }"""
    )
    assert pauses == [500, 1000, 2000, 4000, 8000, 10_000, 10_000]


def test_a_list_of_models_that_fails_leaves_no_dead_page(chromium, start_server):
    url = start_server()
    context = chromium.new_context(base_url=url)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    leave(page, "**/api/models")
    page.goto("/")
    page.wait_for_selector("#headline[data-kind=lost]")
    assert "The server does not respond" in page.locator("#headline").inner_text()
    page.unroute("**/api/models")
    page.wait_for_selector("#bars tbody tr")
    draw(page, ONE)
    said(page, "A 1,")
    assert page.locator("#model option").count() > 1
    context.close()


def test_panels_show_nothing_of_an_older_drawing_and_come_back(open_page):
    page = open_page(failures=[GONE])
    draw(page, FOUR)
    said(page, "A 4,")
    page.locator("#network").scroll_into_view_if_needed()
    page.locator("#network .layer-tabs").wait_for()
    leave(page)
    page.keyboard.press("Control+z")
    said(page, "The server does not respond")
    page.locator("#network .layer-tabs").wait_for(state="hidden")
    assert "does not respond" in page.locator("#network .network-content > .request").inner_text()
    page.unroute("**/api/**")
    page.locator("#network .layer-tabs").wait_for()


@pytest.mark.parametrize("status", [503, 400])
def test_a_refusal_is_told_in_place_of_the_prediction(open_page, status):
    """One that passes is asked again by itself; another only when the drawing changes."""
    page = open_page(failures=["status of 400"])
    draw(page, FOUR)
    said(page, "A 4,")
    refusal = {"error": {"code": "teapot", "message": "No tea today."}}
    page.route("**/api/look*", lambda route: route.fulfill(status=status, json=refusal))
    draw(page, ONE)
    said(page, "No prediction")
    assert "No tea today." in settled(page)
    nothing_old_is_shown(page)
    page.unroute("**/api/look*")
    if status == 400:
        page.keyboard.press("Control+z")
    page.wait_for_selector("#headline[data-kind=sure]")


def test_a_server_that_hangs_is_not_waited_for_in_silence(open_page):
    page = open_page()
    draw(page, FOUR)
    said(page, "A 4,")
    held = []
    page.clock.install()
    page.route("**/api/look*", lambda route: held.append(route))
    draw(page, ONE)
    page.clock.run_for(6000)
    page.wait_for_selector("#headline[data-kind=lost]")
    assert "has not answered yet" in page.locator("#headline").inner_text()
    assert set(page.locator("#bars .value").all_inner_texts()) == {"–"}
    held[-1].continue_()
    page.wait_for_selector("#headline:not([data-kind=lost])")
