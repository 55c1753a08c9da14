"""A class at one server: 20 simulated pages that draw, keep, take back and watch for a minute.

    python benchmarks/class_of_pages.py               # one minute
    python benchmarks/class_of_pages.py 10 --pages 30 # ten seconds, thirty pages

Each page knows what it drew and kept.  It compares every response with that: a prediction for another page's drawing, a
count that includes one, an undo that takes one back, or a training of another page that it can stop, is a fault.  The
program prints what was asked and how long responses took, and ends with exit code 1 if there was a fault.
"""

from __future__ import annotations

import io
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import requests
from PIL import Image

from numnist.data.strokes.drawing import draw

PAGES, SECONDS = 20, 60.0
PATIENCE = 60  # seconds for a response
DRAWINGS = 6  # of each page
TRAINING = {"recipe": "mlp-quick", "epochs": 20, "data": "strokes"}


def drawings(number: int) -> list[tuple[bytes, str]]:
    """PNG files of digits that only the page of that number has, dark on white, each with its label."""
    pictures, labels = draw(DRAWINGS, seed=1000 + number)
    found = []
    for picture, label in zip(pictures, labels):
        file = io.BytesIO()
        Image.fromarray(255 - np.kron(picture, np.ones((10, 10), np.uint8))).save(file, "PNG")
        found.append((file.getvalue(), str(label)))
    return found


@dataclass
class Lesson:
    """What the pages of a class have met: faults, the number of requests by kind, and the seconds of each."""

    faults: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


class Page:
    """A simulated page: its token, its drawings, and what it expects of the server."""

    def __init__(self, url: str, number: int, lesson: Lesson):
        self.url, self.number, self.lesson = url, number, lesson
        self.session = requests.Session()
        self.session.headers["X-Numnist-Page"] = secrets.token_hex(16)
        self.drawings = drawings(number)
        self.expected = [self.ask("POST", "/api/look", data=picture)["probabilities"] for picture, _ in self.drawings]
        self.kept: list[str] = []

    def ask(self, method: str, path: str, status: int = 200, **content: Any) -> Any:
        """The JSON of a response, asked for again while the server is busy.  Notes another status as a fault."""
        while True:
            start = time.perf_counter()
            response = self.session.request(method, self.url + path, timeout=PATIENCE, **content)
            self.lesson.seconds.append(time.perf_counter() - start)
            self.lesson.asked[f"{method} {path.partition('?')[0]} {response.status_code}"] += 1
            if response.status_code != 503:
                break
            time.sleep(float(response.headers["retry-after"]))
        self.check(response.status_code == status, f"{method} {path}: {response.status_code} {response.text[:200]}")
        return response.json()

    def check(self, good: bool, words: str) -> None:
        if not good:
            self.lesson.faults.append(f"page {self.number}: {words}")

    def turn(self, k: int) -> None:
        """Draw, keep it, and take every third one back."""
        i = (k + self.number) % DRAWINGS
        picture, label = self.drawings[i]
        said = self.ask("POST", "/api/look", data=picture)["probabilities"]
        self.check(said == self.expected[i], f"drawing {i} was answered {said}, not {self.expected[i]}")
        self.kept.append(label)
        self.count(self.ask("POST", f"/api/kept?label={label}", 201, data=picture))
        if k % 3 == 2:
            taken = self.ask("DELETE", "/api/kept/last")["label"]
            self.check(taken == self.kept.pop(), f"took back a {taken}")
            self.count(self.ask("GET", "/api/kept"))

    def count(self, said: dict[str, Any]) -> None:
        found = {label: n for label, n in said["labels"].items() if n}
        self.check(found == Counter(self.kept), f"has kept {Counter(self.kept)}, but is told {found}")

    def watch(self, training: str) -> None:
        """Fail to stop another page's training."""
        self.ask("POST", f"/api/learning/{training}/stop", 403, json={})


def give_lesson(url: str, pages: int, more: Callable[[int], bool], training: dict[str, Any]) -> Lesson:
    """Let the pages work at the same time.   more(turn): whether there is another turn;  training: of the first page"""
    lesson = Lesson()
    with ThreadPoolExecutor(pages) as threads:
        everybody = list(threads.map(lambda number: Page(url, number, lesson), range(pages)))
        first = everybody[0]
        one = first.ask("POST", "/api/learning", 201, json=training)["id"]

        def work(page: Page) -> None:
            k = 0
            while more(k):
                page.turn(k)
                if page is not first and k == 0:
                    page.watch(one)
                k += 1

        list(threads.map(work, everybody))
        first.ask("POST", f"/api/learning/{one}/stop", 202, json={})
    return lesson


def main() -> None:
    """Give a lesson on a server of its own, and print what happened."""
    from records import parser, server

    options = parser(__doc__, table=False)
    options.add_argument("seconds", type=float, nargs="?", default=SECONDS)
    options.add_argument("--pages", type=int, default=PAGES)
    given = options.parse_args()
    with server() as url:
        end = time.monotonic() + given.seconds
        lesson = give_lesson(url, given.pages, lambda turn: time.monotonic() < end, TRAINING)
    for name, count in sorted(lesson.asked.items()):
        print(f"{count:7,} {name}")
    median, p99 = (1e3 * float(np.quantile(lesson.seconds, q)) for q in (0.5, 0.99))
    print(f"{given.pages} pages: {len(lesson.seconds):,} responses, median {median:.0f} ms, p99 {p99:.0f} ms")
    print("\n".join(lesson.faults[:20]) or "no page saw anything of another")
    sys.exit(bool(lesson.faults))


if __name__ == "__main__":
    main()
