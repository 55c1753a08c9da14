"""Loading the page: few requests, and errors that lead to the source."""

from __future__ import annotations

MOST = (
    12  # requests until the page can be used: the page, its style, its script, its icon, models, a first answer, panels
)


def test_the_page_loads_with_few_requests(open_page):
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload(wait_until="networkidle")
    page.wait_for_selector("#steps li")
    page.wait_for_selector("#training form, #training button")
    assert len([url for url in asked if not url.startswith(("data:", "blob:"))]) <= MOST, asked


def test_the_browser_gets_the_page_compressed(open_page):
    page = open_page()
    sizes = page.evaluate(
        """() => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/joined/"))
             .map(({ encodedBodySize, decodedBodySize }) => [encodedBodySize, decodedBodySize])"""
    )
    assert len(sizes) == 2
    assert all(0 < sent < size / 2 for sent, size in sizes)


def test_a_panel_that_fails_leaves_the_others_and_the_drawing_alone(open_page, monkeypatch):
    from numnist.serve.assets import files

    original = files.modules.joined

    def broken(sources, first):
        name = "panels/compare.js"
        return original(
            {**sources, name: sources[name].replace("root.append(", "throw 'broken';\n  root.append(")}, first
        )

    monkeypatch.setattr(files.modules, "joined", broken)
    files._made.cache_clear()
    try:
        page = open_page(failures=("broken",))
        page.wait_for_selector("#training button")
        assert page.locator("#compare").inner_text() == ""
    finally:
        files._made.cache_clear()
