"""The page's base: the store, requests to the server, arrays as pictures, and announcements."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.serve.http.arrays import packed


def test_a_listener_that_fails_does_not_silence_the_others(open_page):
    page = open_page()
    told = page.evaluate(
        """async () => {
          const { store } = await import("/page/base/store.js");
          const errors = [];
          addEventListener("error", (event) => { errors.push(event.message); event.preventDefault(); }, { once: true });
          const { state, on, set } = store({ model: "a" });
          const told = [];
          on("model", () => { throw new Error("broken"); });
          on("model", (value) => told.push(value, state.model));
          set("model", "b");
          set("second", "c");
          return [...told, errors.length];
        }"""
    )
    assert told == ["b", "b", 1]


def test_errors_of_the_server_carry_status_code_message_and_retry_after(open_page):
    page = open_page()
    page.route("**/api/busy", lambda route: route.fulfill(
        status=503, json={"error": {"code": "busy", "message": "Later."}}, headers={"Retry-After": "3"}
    ))  # fmt: skip
    page.route("**/api/cut", lambda route: route.abort("aborted"))
    asked = """async (path) => {
      const { api } = await import("/page/base/api.js");
      try {
        await api.get(path);
      } catch ({ name, status, code, message, retryAfter }) {
        return { name, status, code, message, retryAfter };
      }
    }"""
    busy = {"name": "ApiError", "status": 503, "code": "busy", "message": "Later.", "retryAfter": 3}
    assert page.evaluate(asked, "/api/busy") == busy
    cut = page.evaluate(asked, "/api/cut")
    assert (cut["name"], cut["status"], cut["code"]) == ("ApiError", 0, "unreachable")


def test_the_newest_request_of_a_kind_cancels_the_older_ones(open_page):
    page = open_page()
    ends = page.evaluate(
        """async () => {
          const { api } = await import("/page/base/api.js");
          const asked = [api.latest("x", "/healthz"), api.latest("y", "/healthz"), api.latest("x", "/healthz")];
          const ends = await Promise.allSettled(asked);
          return ends.map(({ status, reason }) => reason?.name ?? status);
        }"""
    )
    assert ends == ["AbortError", "fulfilled", "fulfilled"]


@pytest.mark.parametrize("scale", ["ink", "grey", "signed"])
def test_arrays_become_pictures(open_page, scale):
    """Nothing has the paper's colour, or black where greys are shown as they are; the scale's ends are far from it."""
    page = open_page()
    values = np.float32([[0, 1, -1]]) if scale == "signed" else np.uint8([[0, 255, 128]])
    pixels = page.evaluate(
        """async ([packed, scale]) => {
          const { unpack } = await import("/page/base/arrays.js");
          const { bitmap, levels } = await import("/page/base/pictures.js");
          const array = unpack(packed);
          const scales = { ink: { most: 255 }, signed: { signed: true, most: 1 } };
          const canvas = scale === "grey" ? levels(array) : bitmap(array.data, 1, 3, scales[scale]);
          return [...canvas.getContext("2d").getImageData(0, 0, 3, 1).data];
        }""",
        [packed(values), scale],
    )
    none, much, other = np.array(pixels).reshape(3, 4)[:, :3].astype(int)
    if scale == "grey":
        assert (none.tolist(), much.tolist(), other.tolist()) == ([0] * 3, [255] * 3, [128] * 3)
    else:
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).map(Number)")
        assert none.tolist() == paper
        assert np.abs(much - none).max() > 100  # of 255: clearly another colour
        assert np.abs(other - much).max() > 60  # half the ink, or the other sign, is not taken for all of it


def test_colour_pictures_keep_their_colours(open_page):
    page = open_page()
    planes = np.uint8([[[10, 20]], [[30, 40]], [[50, 60]]])  # (3, 1, 2)
    pixels = page.evaluate(
        """async (packed) => {
          const { unpack } = await import("/page/base/arrays.js");
          const { paint } = await import("/page/base/pictures.js");
          const canvas = document.createElement("canvas");
          paint(canvas, unpack(packed));
          return [...canvas.getContext("2d").getImageData(0, 0, 2, 1).data];
        }""",
        packed(planes),
    )
    assert pixels == [10, 30, 50, 255, 20, 40, 60, 255]


def test_the_newest_of_each_topic_is_announced_once(open_page):
    page = open_page()
    told = page.evaluate(
        """async () => {
          const { announcer } = await import("/page/base/announce.js");
          const region = document.createElement("p");
          const told = [];
          const seen = new Promise((resolve) => {
            const changed = () => { told.push(region.textContent); resolve(); };
            new MutationObserver(changed).observe(region, { childList: true });
          });
          const announce = announcer(region);
          for (const text of ["A 1.", "A 7.", "A 4."]) announce(text, "answer");
          announce("Pen up.", "pen");
          await seen;
          return told;
        }"""
    )
    assert told == ["A 4. Pen up."]
