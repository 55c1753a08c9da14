"""Malformed: requests that are wrong, each in its own way, and the status that they deserve."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from typing import Any, NamedTuple

from PIL import Image


class Wrong(NamedTuple):
    """A request, as httpx sends it."""

    why: str
    status: int
    method: str = "POST"
    path: str = "/api/predict"
    content: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012  never changed


def picture(format: str = "PNG", size: tuple[int, int] = (28, 28), mode: str = "L") -> bytes:
    """A picture's file."""
    out = io.BytesIO()
    Image.new(mode, size, 200).save(out, format)
    return out.getvalue()


def png(width: int, height: int, *, depth: int = 8, colour: int = 0, data: bytes = b"", checked: bool = True) -> bytes:
    """A PNG whose header says this, whatever its data is."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content) if checked else 0
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


PNG, JPEG = picture(), picture("JPEG", (64, 64))
BASE64 = base64.b64encode(PNG).decode()
ROWS = [[0, 255], [255, 0]]

BODIES: list[tuple[str, int, bytes]] = [
    ("nothing", 400, b""),
    ("spaces", 400, b" \r\n\t "),
    ("a text", 415, b"a four, please"),
    ("zeros", 415, bytes(1000)),
    ("no UTF-8", 415, b"\xff\xfe\x00"),
    ("a form", 415, b"pixels=1&pixels=2"),
    ("multipart", 415, b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + PNG + b"\r\n--x--"),
    ("XML", 415, b"<?xml version='1.0'?><pixels/>"),
    ("SVG", 415, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    ("PDF", 415, b"%PDF-1.7\n"),
    ("ZIP", 415, b"PK\x03\x04" + bytes(100)),
    ("pickle", 415, b"\x80\x04\x95\x00."),
    ("NumPy's file", 415, b"\x93NUMPY\x01\x00"),
    ("GIF", 415, picture("GIF")),
    ("BMP", 415, picture("BMP")),
    ("TIFF", 415, picture("TIFF")),
    ("WEBP", 415, picture("WEBP")),
    ("PPM", 415, picture("PPM", mode="RGB")),
    ("EPS, which would start a program", 415, b"%!PS-Adobe-3.0 EPSF-3.0\n"),
    ("a PNG's first bytes alone", 400, PNG[:8]),
    ("a PNG without its end", 400, PNG[:-20]),
    ("half a PNG", 400, PNG[: len(PNG) // 2]),
    ("a PNG without a header", 400, PNG[:8] + PNG[33:]),
    ("a PNG with wrong checksums", 400, png(28, 28, data=bytes(29 * 28), checked=False)),
    ("a PNG with too little data", 400, png(28, 28, data=bytes(10))),
    ("a PNG without data", 400, png(28, 28)),
    ("a PNG of no pixels", 400, png(0, 28)),
    ("a PNG of unknown depth", 400, png(28, 28, depth=3, data=bytes(29 * 28))),
    ("a PNG of unknown colours", 400, png(28, 28, colour=5, data=bytes(29 * 28))),
    ("a PNG that claims 60,000 × 60,000", 413, png(60_000, 60_000)),
    ("a PNG that claims 2³¹ − 1 pixels a side", 413, png(2**31 - 1, 2**31 - 1)),
    ("a PNG a little too large", 413, png(4097, 4096)),
    ("a long thin PNG", 413, png(1, 16_777_217)),
    ("a JPEG's first bytes alone", 400, b"\xff\xd8\xff"),
    ("half a JPEG", 400, JPEG[: len(JPEG) // 2]),
    ("a JPEG's end alone", 400, b"\xff\xd8\xff\xd9"),
    ("a JPEG followed by nonsense in its header", 400, JPEG[:20] + b"\x00" * 100),
    ("a JPEG that claims 65,500 × 65,500", 413, JPEG.replace(
        struct.pack(">HH", 64, 64), struct.pack(">HH", 65_500, 65_500))),
    ("a list", 415, b"[[0, 255]]"),
    ("null", 415, b"null"),
    ("an open brace", 400, b"{"),
    ("JSON cut short", 400, b'{"pixels": [[0, 255], [255'),
    ("JSON with more behind it", 400, b'{"pixels": [[0]]} {"pixels": [[0]]}'),
    ("single quotes", 400, b"{'pixels': [[0]]}"),
    ("a comma too many", 400, b'{"pixels": [[0, 1,]]}'),
    ("a comment", 400, b'{"pixels": [[0]] /* none */}'),
    ("UTF-16", 415, '{"pixels": [[0]]}'.encode("utf-16")),
    ("Latin-1", 400, b'{"pix\xe9ls": [[0]]}'),
    ("NaN", 400, b'{"pixels": [[NaN, 1]]}'),
    ("Infinity", 400, b'{"pixels": [[Infinity, 1]]}'),
    ("minus infinity", 400, b'{"pixels": [[-Infinity, 1]]}'),
    ("a number beyond floats", 400, b'{"pixels": [[1e999, 1]]}'),
    ("a number of 5,000 digits", 400, b'{"pixels": [[' + b"9" * 5000 + b"]]}"),
    ("a number of 30 digits", 400, b'{"pixels": [[' + b"9" * 30 + b"]]}"),
    ("100,000 brackets", 400, b'{"pixels": ' + b"[" * 100_000),
    ("100,000 brackets, closed", 400, b'{"pixels": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ("100,000 braces", 400, b'{"a":' * 100_000),
]  # fmt: skip

PIXELS: list[tuple[str, Any]] = [
    ("null", None), ("a number", 3), ("a text", "0,255"), ("true", True), ("an object", {}), ("no rows", []),
    ("empty rows", [[]]), ("one empty row", [[0], []]), ("a row that is a number", [0, 255]),
    ("a row that is a text", ["0", "255"]), ("a row that is an object", [{"0": 1}]), ("unequal rows", [[0, 1], [2]]),
    ("texts", [["0", "255"]]), ("nulls", [[None, 1]]), ("true and false", [[True, False]]), ("objects", [[{}]]),
    ("256", [[0, 256]]), ("-1", [[-1, 0]]), ("fractions above 1", [[0.5, 255]]), ("1.5", [[0.5, 1.5]]),
    ("-0.1", [[-0.1, 0.5]]), ("two channels", [[[0, 1], [1, 0]]]), ("four channels", [[[0, 1, 2, 3]]]),
    ("empty channels", [[[], []]]), ("four axes", [[[[0]]]]), ("channels here and there", [[0, [1, 2, 3]]]),
    ("five axes", [[[[[1]]]]]),
]  # fmt: skip

OBJECTS: list[tuple[str, int, Any]] = [
    ("no fields", 400, {}),
    ("another field", 400, {"image": BASE64}),
    ("a field too many", 400, {"pixels": ROWS, "model": "digits"}),
    ("a path", 400, {"path": "/etc/passwd"}),
    ("an address", 400, {"url": "http://localhost/"}),
]

BATCHES: list[tuple[str, int, Any]] = [
    ("no pictures", 400, {"pictures": []}),
    ("pictures that are no list", 400, {"pictures": {"pixels": ROWS}}),
    ("null", 400, {"pictures": None}),
    ("no such field", 400, {"pixels": ROWS}),
    ("a field too many", 400, {"pictures": [{"pixels": ROWS}], "model": "digits"}),
    ("65 pictures", 413, {"pictures": [{"pixels": ROWS}] * 65}),
    ("a picture that is null", 400, {"pictures": [{"pixels": ROWS}, None]}),
    ("a picture that is a text", 400, {"pictures": [BASE64]}),
    ("a picture that is rows", 400, {"pictures": [ROWS]}),
    ("a picture without fields", 400, {"pictures": [{}]}),
    ("a picture with both fields", 400, {"pictures": [{"pixels": ROWS, "image": BASE64}]}),
    ("a picture by address", 400, {"pictures": [{"url": "http://localhost/"}]}),
    ("an image that is a number", 400, {"pictures": [{"image": 5}]}),
    ("an image that is null", 400, {"pictures": [{"image": None}]}),
    ("an image that is no base64", 400, {"pictures": [{"image": "not base64!"}]}),
    ("an image in wrong base64", 400, {"pictures": [{"image": BASE64[:-1]}]}),
    ("an image with letters beyond ASCII", 400, {"pictures": [{"image": "é" + BASE64}]}),
    ("an image as a data address", 400, {"pictures": [{"image": "data:image/png;base64," + BASE64}]}),
    ("an empty image", 415, {"pictures": [{"image": ""}]}),
    ("an image that is a GIF", 415, {"pictures": [{"image": base64.b64encode(picture("GIF")).decode()}]}),
    ("a broken image", 400, {"pictures": [{"image": base64.b64encode(PNG[:40]).decode()}]}),
    ("a huge image", 413, {"pictures": [{"image": base64.b64encode(png(60_000, 60_000)).decode()}]}),
    ("bad pixels", 400, {"pictures": [{"pixels": ROWS}, {"pixels": [[0, 999]]}]}),
]

ADDRESSES = [
    Wrong("an unknown address", 404, "GET", "/api/nothing"),
    Wrong("an address above", 404, "GET", "/../etc/passwd"),
    Wrong("an address in another case", 404, "GET", "/API/models"),
    Wrong("a slash too many", 404, "GET", "//api/models"),
    Wrong("GET for a picture", 405, "GET"),
    Wrong("PUT for a picture", 405, "PUT"),
    Wrong("DELETE of the models", 405, "DELETE", "/api/models"),
    Wrong("POST to the page", 405, "POST", "/"),
    Wrong("POST of a model", 405, "POST", "/api/model", PNG),
    Wrong("TRACE", 405, "TRACE", "/api/models"),
    Wrong("an invented method", 405, "BREW", "/api/predict"),
    Wrong("an unknown model", 404, "POST", "/api/predict?model=nothing", PNG),
    Wrong("a model's path", 404, "POST", "/api/predict?model=/etc/passwd", PNG),
    Wrong("a model's path above", 404, "POST", "/api/predict?model=../../digits", PNG),
    Wrong("a model's address", 404, "POST", "/api/predict?model=http://localhost/m.safetensors", PNG),
    Wrong("a model without a name", 404, "POST", "/api/predict?model=", PNG),
    Wrong("a model with a null byte", 404, "POST", "/api/predict?model=%00", PNG),
    Wrong("a model with a long name", 404, "POST", "/api/predict?model=" + "x" * 5000, PNG),
    Wrong("a model beyond UTF-8", 404, "GET", "/api/model?model=%ff"),
    Wrong("another host", 421, content=PNG, headers={"Host": "numnist.example"}),
    Wrong("another host with our port", 421, content=PNG, headers={"Host": "numnist.example:8000"}),
    Wrong("a host that begins like ours", 421, content=PNG, headers={"Host": "localhost.example"}),
    Wrong("an empty host", 421, content=PNG, headers={"Host": ""}),
    Wrong("a host with a name before it", 421, content=PNG, headers={"Host": "localhost@evil.example"}),
    Wrong("another numeric host", 421, content=PNG, headers={"Host": "10.0.0.1"}),
    Wrong("a foreign origin", 403, content=PNG, headers={"Origin": "http://evil.example"}),
    Wrong("no origin at all, as of a sandbox", 403, content=PNG, headers={"Origin": "null"}),
    Wrong("an origin of another port", 403, content=PNG, headers={"Origin": "http://127.0.0.1:1"}),
    Wrong("a foreign site", 403, content=PNG, headers={"Sec-Fetch-Site": "cross-site"}),
    Wrong("a neighbouring site", 403, content=PNG, headers={"Sec-Fetch-Site": "same-site"}),
    Wrong("more than 1 MiB", 413, content=bytes((1 << 20) + 1)),
    Wrong("a PNG of more than 1 MiB", 413, content=PNG + bytes(1 << 20)),
]

PANELS = [
    *(Wrong(f"{path} with a text", 415, path=f"/api/{path}", content=b"a four, please")
      for path in ("look", "inside", "unit?place=0&index=0", "towards?label=3", "kept?label=4")),
    Wrong("a gradient for no class", 400, path="/api/inside?backward=four", content=PNG),
    Wrong("a layer that is not there", 400, path="/api/unit?place=99&index=0", content=PNG),
    Wrong("no layer", 400, path="/api/unit?index=0", content=PNG),
    Wrong("a unit below 0", 400, path="/api/unit?place=0&index=-1", content=PNG),
    Wrong("a unit beyond the last", 400, path="/api/unit?place=0&index=0,99,99", content=PNG),
    Wrong("a unit in words", 400, path="/api/unit?place=0&index=first", content=PNG),
    Wrong("a unit with four numbers", 400, path="/api/unit?place=0&index=0,0,0,0", content=PNG),
    Wrong("a unit in other digits", 400, path="/api/unit?place=0&index=\u0663", content=PNG),
    Wrong("towards nothing", 400, path="/api/towards", content=PNG),
    Wrong("a test picture of no class", 400, "GET", "/api/gallery?label=four"),
    Wrong("the confusion of no model", 404, "GET", "/api/confusion?model=none"),
    Wrong("a drawing kept as nothing", 400, path="/api/kept", content=PNG),
    Wrong("a drawing kept above its folder", 400, path="/api/kept?label=../../x", content=PNG),
    Wrong("nothing to take back", 404, "DELETE", "/api/kept/last"),
    Wrong("the events of no training", 404, "GET", "/api/learning/none/events"),
    Wrong("the end of no training", 404, path="/api/learning/none/stop"),
    *(Wrong(f"training: {why}", status, path="/api/learning", content=json.dumps(data).encode())
      for why, status, data in [
          ("no recipe", 400, {}), ("a list", 400, []), ("an unknown recipe", 400, {"recipe": "none"}),
          ("a recipe's path", 400, {"recipe": "/etc/passwd"}),
          ("epochs below 0", 400, {"recipe": "quick", "epochs": -1}),
          ("epochs in words", 400, {"recipe": "quick", "epochs": "two"}),
          ("epochs without end", 400, {"recipe": "quick", "epochs": 10**12}),
          ("a rate of nothing", 400, {"recipe": "quick", "learning_rate": 0}),
          ("a path as data", 400, {"recipe": "quick", "data": "/etc/passwd"}),
          ("from no model", 404, {"recipe": "quick", "from": "none"}),
          ("from a model of another kind", 400, {"recipe": "quick", "from": "fashion"}),
      ]),
]  # fmt: skip

ALL = [
    *(Wrong(f"body: {why}", status, content=content) for why, status, content in BODIES),
    *(Wrong(f"pixels: {why}", 400, content=json.dumps({"pixels": data}).encode()) for why, data in PIXELS),
    *(Wrong(f"object: {why}", status, content=json.dumps(data).encode()) for why, status, data in OBJECTS),
    *(Wrong(f"batch body: {why}", 400, path="/api/predict/batch", content=content)
      for why, _, content in BODIES if not content.startswith((b"{", b"\x89PNG", b"\xff\xd8"))),
    *(Wrong(f"batch: {why}", status, path="/api/predict/batch", content=json.dumps(data).encode())
      for why, status, data in BATCHES),
    *ADDRESSES, *PANELS,
]  # fmt: skip

RAW: list[tuple[str, int, bytes]] = [
    ("nonsense", 400, b"hello there\r\n\r\n"),
    ("bytes", 400, bytes(range(128, 256)) * 2 + b"\r\n\r\n"),
    ("TLS", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40) + b"\r\n\r\n"),
    ("HTTP/2", 400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("HTTP/9.9", 400, b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n"),
    ("HTTP/0.9", 400, b"GET /\r\n\r\n"),
    ("no host", 400, b"GET / HTTP/1.1\r\n\r\n"),
    ("no host, HTTP/1.0", 421, b"GET / HTTP/1.0\r\n\r\n"),
    ("two hosts", 400, b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"),
    ("a header without a colon", 400, b"GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n"),
    ("a header with a space in its name", 400, b"GET / HTTP/1.1\r\nHost: localhost\r\nX Y: 1\r\n\r\n"),
    ("a header with a null byte", 400, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\r\n\r\n"),
    ("a folded first header", 400, b"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n"),
    ("a target with a space", 400, b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("a target beyond ASCII", 400, b"GET /\xe9 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("a long target", 431, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("a long header", 431, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"),
    ("a header that does not end", 431, b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 20_000),
    ("two lengths", 400, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
     b"Content-Length: 2\r\n\r\nab"),
    ("a negative length", 400, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"),
    ("a length in hexadecimal", 400, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0x10\r\n\r\n"),
    ("an endless length", 400, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
     + b"9" * 25 + b"\r\n\r\n"),
    ("a length of a terabyte", 413, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
     b"1000000000000\r\n\r\n"),
    ("an unknown coding", 501, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n"),
    ("a broken chunk", 400, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"zz\r\nab\r\n"),
    ("more than 1 MiB in chunks", 413, b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + bytes(65536) + b"\r\n") * 17),
]  # fmt: skip
