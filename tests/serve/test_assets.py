"""The page's files as they are sent: joined, compressed, and known by a tag for each form."""

from __future__ import annotations

import gzip
import json
from itertools import accumulate

import pytest

from numnist.serve.assets import modules, sheets
from numnist.serve.assets.files import assets
from numnist.serve.http.encoding import accepts_gzip, known

MODULES = {
    "main.js": 'import { a, b as c } from "./base/x.js";\nimport {\n  d,\n} from "./y.js";\nd(a + c);\n',
    "y.js": 'import { a } from "./base/x.js";\n\nexport function d(n) {\n  console.log(n - a);\n}\n',
    "base/x.js": "/** Two numbers. */\nexport const a = 1;\nexport const b = 2;\nconst own = 3;\n",
}


def test_modules_are_joined_after_those_that_they_import():
    assert modules.joined(MODULES, "main.js").splitlines() == [
        "const $base_x = (() => { /** Two numbers. */",
        "const a = 1;",
        "const b = 2;",
        "const own = 3;",
        "return { a, b }; })();",
        "const $y = (() => { const { a } = $base_x;",
        "",
        "function d(n) {",
        "  console.log(n - a);",
        "}",
        "return { d }; })();",
        "const $main = (() => { const { a, b: c } = $base_x;",
        "const { d } = $y;",
        "",
        "",
        "d(a + c);",
        "return {  }; })();",
    ]


def _decoded(mappings: str) -> list[tuple[int, int]]:
    """Of each line of a map with one segment a line: the source and the line in it, both from 0."""
    rows = []
    for segment in mappings.removesuffix(";").split(";"):
        numbers, value, shift = [], 0, 0
        for character in segment:
            digit = modules.BASE64.index(character)
            value += (digit & 31) << shift
            shift += 5
            if not digit & 32:
                numbers.append(-(value >> 1) if value & 1 else value >> 1)
                value = shift = 0
        rows.append(numbers)
    return list(zip(*(accumulate([row[column] for row in rows]) for column in (1, 2))))


def test_the_map_leads_each_line_to_its_source():
    """The longest module has more lines than one digit of the map can go back."""
    sources = MODULES | {"base/x.js": MODULES["base/x.js"] + "// more\n" * 40 + "own;\n"}
    made = modules.joined(sources, "main.js").splitlines()
    found = json.loads(modules.source_map(sources, "main.js", "/page/"))
    assert found["sources"] == ["/page/base/x.js", "/page/y.js", "/page/main.js"]
    rows = _decoded(found["mappings"])
    assert len(rows) == len(made)
    for line, (source, number) in zip(made, rows):
        original = found["sourcesContent"][source].splitlines()[number]
        if not line.startswith(("const $", "return {", "const {")) and line:
            assert line == original.removeprefix("export ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y.js": 'import x from "./base/x.js";\n'}, "y.js cannot be joined"),
        ({"y.js": 'export default 3;\n'}, "y.js cannot be joined"),
        ({"y.js": 'export let d = 3;\n'}, "y.js cannot be joined"),
        ({"y.js": 'export const d = () => import("./base/x.js");\n'}, "y.js cannot be joined"),
        ({"y.js": 'import { z } from "./gone.js";\n'}, "y.js imports gone.js, which is not there"),
        ({"base/x.js": 'import { d } from "../y.js";\n'}, "base/x.js -> y.js -> base/x.js"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        modules.joined(MODULES | change, "main.js")


def test_sheets_are_joined_in_order():
    sources = {"main.css": '/* all */\n@import "b/b.css";\n@import "a.css";\n', "a.css": "a {}\n", "b/b.css": "b {}\n"}
    assert sheets.joined(sources, "main.css") == "/* all */\n/* b/b.css */\nb {}\n\n/* a.css */\na {}\n\n"
    with pytest.raises(ValueError, match=r"imports a\.css, which is not there"):
        sheets.joined({"main.css": '@import "a.css";'}, "main.css")
    with pytest.raises(ValueError, match=r"a\.css imports a sheet"):
        sheets.joined({"main.css": '@import "a.css";', "a.css": '@import "b.css";'}, "main.css")


def test_files_are_made_once():
    assert assets() is assets()


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("gzip, deflate, br, zstd", True),
        ("GZIP;q=0.2", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("", False),
        ("gzip;q=nan", False),
        ("gzip;level=9", False),
    ],
)
def test_gzip_is_sent_to_those_who_accept_it(header, accepted):
    assert accepts_gzip(header) is accepted


def test_a_version_is_known_by_its_tag_alone():
    assert known('"ab"', '"xy", "ab"')
    assert known('"ab"', 'W/"ab"')
    assert known('"ab"', "*")
    assert not known('"ab"', '"ab-gzip"')
    assert not known('"ab"', "")


@pytest.mark.parametrize("name", ["/", "/page/joined/main.js", "/page/joined/main.css", "/page/icon.svg"])
def test_each_form_has_its_tag_and_they_say_the_same(client, name):
    plain = client.get(name, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with client.stream("GET", name, headers={"Accept-Encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
        packed = answer.headers
    assert packed["content-encoding"] == "gzip"
    assert gzip.decompress(sent) == plain.content
    assert len(sent) < len(plain.content)
    assert plain.headers["vary"] == packed["vary"] == "Accept-Encoding"
    assert plain.headers["etag"] != packed["etag"]
    asked = {"Accept-Encoding": "gzip", "If-None-Match": packed["etag"]}
    assert client.get(name, headers=asked).status_code == 304
    asked["If-None-Match"] = plain.headers["etag"]
    assert client.get(name, headers=asked).status_code == 200


def test_all_of_the_page_is_small(client):
    """Some 86 kB are sent at the first load, a quarter of them words in two languages; 100 leaves room to grow."""
    files = [assets()[name] for name in ("index.html", "joined/main.css", "joined/main.js")]
    assert sum(len(file.packed or file.content) for file in files) < 100_000
