"""Hostile web sites, files and names: none reads, changes or runs anything; and what a page says without the token."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from numnist import Model
from tests.serve.page.browser import PATIENCE, draw, said
from tests.serve.page.test_upload import PUT
from tests.small import MLP, dataset

TOKEN = "of-this-test-0123456789"
MARK = "<img src=x onerror=window.hacked=1>"
SITE = "http://evil.test"

# What a page can try at another server's, and what it gets: a text, "loaded", "open", or "failed".
ATTACK = """<!doctype html><title>evil</title>
<form method="post" enctype="text/plain" target="frame"><input name="x"></form><iframe name="frame"></iframe>
<script>
const failed = () => "failed";
const read = (path, options) => fetch(victim + path, options).then((response) => response.text()).catch(failed);
const happens = (target, good) => new Promise((resolve) => {
  target[`on${good}`] = () => resolve(good);
  target.onerror = () => resolve("failed");
});
let victim;

function part(tag, properties) {
  const element = Object.assign(document.createElement(tag), properties);
  document.body.append(element);
  return happens(element, "load");
}

async function attack(address) {
  victim = address;
  document.forms[0].action = victim + "/api/kept?label=4";
  document.forms[0].submit();
  const post = { method: "POST", body: '{"pixels": [[0, 255], [255, 0]]}' };
  await fetch(victim + "/api/kept?label=4", { ...post, mode: "no-cors", credentials: "include" }).catch(failed);
  await fetch(victim + "/api/learning", { ...post, mode: "no-cors", body: '{"recipe": "quick"}' }).catch(failed);
  return {
    read: await read("/api/models"),
    withCookies: await read("/api/models", { credentials: "include" }),
    send: await read("/api/predict", post),
    delete: await read("/api/kept/last", { method: "DELETE" }),
    image: await part("img", { src: victim + "/page/icon.svg" }),
    script: await part("script", { src: victim + "/page/joined/main.js" }),
    style: await part("link", { rel: "stylesheet", href: victim + "/page/joined/main.css" }),
    stream: await happens(new EventSource(victim + "/api/learning/0/events"), "open"),
  };
}
</script>"""


@pytest.fixture
def evil_site() -> Iterator[str]:
    """The address of another server, whose page has `attack`."""

    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(ATTACK.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{SITE}:{server.server_port}"
        server.shutdown()


@pytest.fixture
def tab(chromium) -> Iterator:
    """A tab of a browser that knows nothing yet."""
    with chromium.new_context() as context:
        context.set_default_timeout(PATIENCE)
        yield context.new_page()


def test_another_web_site_reads_nothing_and_changes_nothing(tab, evil_site, start_server, context):
    """Of a browser that has the server's cookie, from a name, and from the same host with another port."""
    inside = start_server(token=TOKEN)
    victim = inside.partition("/?")[0]
    tab.goto(inside)
    tab.wait_for_selector("#bars tbody tr")
    for site in (evil_site, evil_site.replace("evil.test", "127.0.0.1")):
        tab.goto(site)
        results = tab.evaluate("victim => attack(victim)", victim)
        assert set(results.values()) == {"failed"}, results
    refused = {"route": "none", "method": "POST", "status": "403"}
    assert context.registry.get_sample_value("numnist_requests_total", refused) >= 8  # so they have come
    assert not context.kept.exists()
    assert not context.runs.exists()


def test_a_name_that_is_pointed_at_this_machine_is_not_served(tab, start_server):
    port = start_server().rpartition(":")[2]
    assert tab.goto(f"{SITE}:{port}/").status == 421
    assert tab.evaluate("() => fetch('/api/models').then((response) => response.status)") == 421


HOSTILE = [
    ("a.svg", "image/svg+xml", f"<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90' onload='hacked=1'>"
     f"<script>top.hacked=1</script><image href='{SITE}/x.png'/><foreignObject>{MARK}</foreignObject></svg>"),
    ("a.html", "text/html", f"<script>hacked=1</script>{MARK}"),
    (f"{MARK}.png", "image/png", f"<html>{MARK}<script>hacked=1</script>"),
]  # fmt: skip


def test_hostile_files_run_nothing(open_page):
    page = open_page()
    for name, kind, content in HOSTILE:
        page.evaluate("() => (document.querySelector('#failed').hidden = true)")
        assert page.evaluate(PUT, [list(content.encode()), kind, name, "drop"]) is False  # the browser opens it not
        page.wait_for_selector("#failed:not([hidden])")
    harmless(page)


# Until it has been on the screen for a frame, which the page waits for before it fills a section
SHOW = """id => new Promise((shown) => {
    document.getElementById(id).scrollIntoView({ behavior: "instant" });
    requestAnimationFrame(() => requestAnimationFrame(shown));
})"""


def test_hostile_names_are_texts(open_page, context):
    """A class, a run, its title and its data set."""
    model = Model(MLP, dataset())
    model.classes = tuple(f"{MARK}{k}" for k in range(len(model.classes)))
    model.about = {"recipe": {"title": f"title {MARK}", "dataset": MARK}}
    model.save(context.runs / MARK / "model.safetensors")
    page = open_page(failures=["404"])
    page.locator("#model").select_option(MARK)
    draw(page, [[(140, 50), (140, 230)]])
    said(page, MARK)
    for section in ("network", "compare", "training", "drawings"):
        page.evaluate(SHOW, section)
    page.wait_for_selector(".network-content:not(.is-empty)")
    assert MARK in page.locator("#about-model").inner_text()
    harmless(page)


def harmless(page) -> None:
    """Nothing has run, and nothing became an element that could where no policy forbids it."""
    assert page.evaluate("() => window.hacked") is None
    assert page.locator("img[src=x], [onerror], [onload], script:not([src^='/page/'])").count() == 0


def test_a_page_whose_token_is_an_old_one_says_so(tab, start_server, context, tmp_path):
    """The server was started anew, at the same address."""
    inside = start_server(token=TOKEN)
    tab.goto(inside)
    tab.wait_for_selector("#bars tbody tr")
    assert "token" not in tab.url
    tab.context.clear_cookies()
    tab.locator('[data-tool="test"]').click()
    tab.wait_for_function("() => document.body.textContent.includes('its whole address')")
    tab.reload()
    assert tab.locator("h1").inner_text() == "This page needs its whole address"
    assert tab.evaluate("() => getComputedStyle(document.body).display") == "grid"  # it has its style sheet
