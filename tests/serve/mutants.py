"""Mutants: requests of `malformed` changed at random, and what no answer may have, whatever was asked."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import NamedTuple

from tests.serve.malformed import ALL, PNG, RAW, Wrong

GOOD = [
    Wrong("a picture", 200, content=PNG),
    Wrong("pixels", 200, content=b'{"pixels": [[0, 255, 0], [0, 255, 0], [0, 255, 0]]}'),
    Wrong("a drawing", 200, path="/api/look?off=fit&digit=1", content=PNG),
    Wrong("all layers", 200, path="/api/inside?backward=3", content=PNG),
    Wrong("one number", 200, path="/api/unit?place=0&index=0,3,3", content=PNG),
    Wrong("its pixels", 200, path="/api/attribution?label=4", content=PNG),
    Wrong("the models", 200, "GET", "/api/models"),
    Wrong("a model", 200, "GET", "/api/model?model=digits"),
    Wrong("what is kept", 200, "GET", "/api/kept", headers={"X-Numnist-Page": "0123456789abcdef"}),
    Wrong("the page", 200, "GET", "/", headers={"If-None-Match": "*", "Accept-Encoding": "gzip;q=0.5"}),
    Wrong("its script", 200, "GET", "/page/joined/main.js"),
]
SEEDS = [*(wrong for wrong in ALL if len(wrong.content) < 3000), *GOOD]
METHODS = (
    b"GET",
    b"HEAD",
    b"POST",
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"\xc9",
    b"",
)
PIECES = (
    b"\x00", b"\xff", b"%00", b"%ff", b"%", b"..", b"/", b"//", b"?", b"&", b"=", b"#", b";", b",", b"'", b'"', b"[",
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"9" * 40, b"-1", b"1e999", b"NaN", b"null", b"true", b"{", b"}", b"\\u0000",
    b"\\ud800", b"{{7*7}}", b"$(id)", b"../../../../etc/passwd", b"<script>", b"\xe2\x80\xae", b"A" * 5000, b"model=",
)  # fmt: skip
HEADERS = (
    b"Host: evil.example", b"Host:", b"Origin: null", b"Transfer-Encoding: chunked", b"Content-Length: 5",
    b"Content-Encoding: gzip", b"Expect: 100-continue", b"Connection: upgrade", b"Upgrade: h2c", b"Range: bytes=0-1",
    b"X-Numnist-Page: " + b"a" * 65, b"X-Numnist-Page: \xff\xfe", b"Cookie: numnist-80=\x7f; =; a", b": x", b"\tX: 1",
    b"Authorization: Bearer \xff", b"Last-Event-ID: -1", b"Accept-Encoding: ,;q=;=,gzip;q=9e9", b"If-None-Match: W/,*",
    b"X" * 3000 + b": 1", b"X-Forwarded-For: \xe9", b"Content-Type: multipart/form-data; boundary=",
)  # fmt: skip
UNCERTAIN = (
    b"transfer-encoding",
    b"content-length",
    b"connection",
    b"upgrade",
    b"expect",
)  # who sends them waits, or not
INSIDE = re.compile(
    rb"Traceback|\.py\b|line \d+, in |site-packages|" + re.escape(str(Path(__file__).parents[2])).encode()
)


class Mutant(NamedTuple):
    """The bytes of a request, and whether another can follow on its connection: its length is what its head says."""

    data: bytes
    whole: bool


def mutant(draws: random.Random) -> Mutant:
    """A request with one to four things wrong, more or less."""
    if draws.random() < 0.1:
        return Mutant(changed(draws, draws.choice(RAW)[2][:3000]), False)
    seed = draws.choice(SEEDS)
    method, path, body = seed.method.encode(), seed.path.encode("ascii", "backslashreplace"), seed.content
    lines = [
        name.encode() + b": " + value.encode("latin-1")
        for name, value in ({"Host": "localhost"} | seed.headers).items()
    ]
    framed = True
    for _ in range(draws.randint(1, 4)):
        match draws.randint(0, 9):
            case 0:
                method = draws.choice(METHODS)
            case 1 | 2:
                path = path[:1] + changed(draws, path[1:])
            case 3 | 4:
                lines.insert(draws.randint(0, len(lines)), draws.choice(HEADERS))
            case 5:
                at = draws.randrange(len(lines))
                lines[at] = changed(draws, lines[at])
            case _:
                body = changed(draws, body)
    length = len(body)
    if draws.random() < 0.1:
        length, framed = draws.choice((0, length // 2, length + 1, 10**9)), False
    head = b"\r\n".join((method + b" " + path + b" HTTP/1.1", *lines, b"Content-Length: %d" % length))
    request = head + b"\r\n\r\n" + body
    if draws.random() < 0.1:
        return Mutant(changed(draws, request), False)
    told = b"".join(lines).lower() + path
    framed &= method not in (b"CONNECT", b"") and not any(name in told for name in UNCERTAIN) and b"\n" not in told
    return Mutant(request, framed)


def changed(draws: random.Random, data: bytes) -> bytes:
    """Bytes with a part changed: flipped, cut, doubled, or something put in."""
    start = draws.randint(0, len(data))
    end = min(len(data), start + int(draws.expovariate(0.1)))
    match draws.randint(0, 4):
        case 0:
            return data[:start] + draws.choice(PIECES) + data[start:]
        case 1:
            return data[:start] + draws.choice(PIECES) + data[end:]
        case 2:
            return data[:start] + data[end:]
        case 3:
            return data[:start] + data[start:end] * 2 + data[end:]
        case _:
            return data[:start] + bytes(byte ^ (1 << draws.randrange(8)) for byte in data[start:end]) + data[end:]


def fault(status: int, body: bytes, folder: Path) -> str:
    """What an answer has that none may have; "" if it has nothing.   folder: the server's, which no error names"""
    if status >= 500 and status not in (501, 503):
        return f"status {status}"
    if status >= 400:
        if found := INSIDE.search(body):
            return f"an error that has {found[0]!r}"
        if str(folder).encode() in body:
            return f"an error that has {folder}"
    return ""
