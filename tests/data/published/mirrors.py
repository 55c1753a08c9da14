"""Mirrors: a server of tiny files that does whatever servers do: the right thing, or one of many wrong ones."""

from __future__ import annotations

import gzip
import hashlib
import socket
import ssl
import struct
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from numnist.data.published.catalog import CATALOG, FILE_NAMES
from numnist.data.published.records import PublishedDataset, PublishedFile


def tiny_files():
    """Four small IDX files, packed; the pictures are noise, so that they do not pack well."""
    rng = np.random.default_rng(0)
    for n in (60, 12):
        yield struct.pack(">4B3I", 0, 0, 8, 3, n, 28, 28) + rng.bytes(n * 784)
        yield struct.pack(">4BI", 0, 0, 8, 1, n) + bytes(i % 10 for i in range(n))


UNPACKED = dict(zip(FILE_NAMES, tiny_files()))
CONTENT = {name: gzip.compress(content, mtime=0) for name, content in UNPACKED.items()}


def facts(name):
    packed, unpacked = CONTENT[name], UNPACKED[name]
    return PublishedFile(name, sha256(packed), len(unpacked), len(packed), sha256(unpacked))


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# What a server can do.  Each is given the handler, the right content and the event that ends the test.


def good(handler, content, over):
    handler.begin(200, len(content))
    handler.wfile.write(content)


def status(code):
    def answer(handler, content, over):
        handler.begin(code, 4)
        handler.wfile.write(b"no!\n")

    return answer


def web_page(handler, content, over):
    page = b"<!DOCTYPE html>" + b" " * len(content)
    handler.begin(200, len(page))
    handler.wfile.write(page)


def silent(handler, content, over):
    over.wait(20)


def silent_after_half(handler, content, over):
    handler.begin(200, len(content))
    handler.wfile.write(content[: len(content) // 2])
    over.wait(20)


def trickle(handler, content, over):
    handler.begin(200, len(content))
    for i in range(len(content)):
        handler.wfile.write(content[i : i + 1])
        if over.wait(0.05):
            return


def trickle_headers(handler, content, over):
    while not over.wait(0.05):
        handler.wfile.write(b"H")


def cut_off(handler, content, over):
    handler.begin(200, len(content))
    handler.wfile.write(content[:-10])


def cut_off_without_length(handler, content, over):
    handler.begin(200, None)
    handler.wfile.write(content[:-10])


def length_too_small(handler, content, over):
    handler.begin(200, len(content) - 10)
    handler.wfile.write(content)


def length_too_large(handler, content, over):
    handler.begin(200, len(content) + 10)
    handler.wfile.write(content)


def empty(handler, content, over):
    handler.begin(200, 0)


def endless(handler, content, over):
    handler.begin(200, None)
    handler.wfile.write(content)
    while not over.wait(0.001):
        handler.wfile.write(bytes(100_000))


def another_file(handler, content, over):
    good(handler, content[:-9] + b"123456789", over)


def packed_once_more(handler, content, over):
    good(handler, gzip.compress(content), over)


def redirect_loop(handler, content, over):
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def hang_up(handler, content, over):
    handler.connection.shutdown(socket.SHUT_RDWR)


def not_http(handler, content, over):
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n" * 10)


def wrong_at_the_end(handler, content, over):
    """Steadily, so that no time is counted, and to the last byte as it should be."""
    handler.begin(200, len(content))
    for at in range(0, len(content) - 1, 4096):
        handler.wfile.write(content[at : min(at + 4096, len(content) - 1)])
        if over.wait(0.01):
            return
    handler.wfile.write(bytes([content[-1] ^ 1]))


def login_page(handler, content, over):
    """As the network of a hotel: whatever is asked for, its own page."""
    page = b"<html><form>Please sign in</form></html>"
    handler.begin(200, len(page), ("Content-Type", "text/html"))
    handler.wfile.write(page)


def redirect_to(address):
    def answer(handler, content, over):
        handler.begin(302, 0, ("Location", address))

    return answer


def a_part(handler, content, over):
    handler.begin(206, len(content) // 2, ("Content-Range", f"bytes 0-{len(content) // 2 - 1}/{len(content)}"))
    handler.wfile.write(content[: len(content) // 2])


def packed_on_the_way(handler, content, over):
    """Packed though nobody has asked for it, and said to be."""
    packed = gzip.compress(content)
    handler.begin(200, len(packed), ("Content-Encoding", "gzip"))
    handler.wfile.write(packed)


def chunks_that_lie(handler, content, over):
    handler.begin(200, None, ("Transfer-Encoding", "chunked"))
    handler.wfile.write(b"%x\r\n" % (len(content) + 5) + content + b"\r\nnonsense\r\n")


def length(said):
    def answer(handler, content, over):
        handler.begin(200, None, ("Content-Length", said))
        handler.wfile.write(content[:-10])

    return answer


def many_headers(handler, content, over):
    handler.begin(200, None, *((f"X-{i}", "more") for i in range(200)))


def long_header(handler, content, over):
    handler.begin(200, None, ("X-Long", "x" * 100_000))


def zeros(handler, content, over):
    good(handler, bytes(len(content)), over)


FAULTS = {
    "403": (status(403), "403"),
    "404": (status(404), "404"),
    "503": (status(503), "503"),
    "204": (status(204), "204"),
    "web page": (web_page, "web page"),
    "cut off": (cut_off, "too early"),
    "cut off without length": (cut_off_without_length, "only"),
    "length too small": (length_too_small, "only"),
    "length too large": (length_too_large, "too early"),
    "empty": (empty, "only 0"),
    "endless": (endless, "more"),
    "another file": (another_file, "SHA-256"),
    "packed once more": (packed_once_more, "more"),
    "redirect loop": (redirect_loop, "redirects"),
    "hang up": (hang_up, "Connection"),
    "not HTTP": (not_http, "Connection"),
    "wrong at the end": (wrong_at_the_end, "SHA-256"),
    "login page": (login_page, "web page"),
    "redirect to a file": (redirect_to("file:///etc/hostname"), "InvalidSchema"),
    "redirect to no address": (redirect_to("http://"), "redirects"),
    "a part": (a_part, "206"),
    "packed on the way": (packed_on_the_way, "more"),
    "chunks that lie": (chunks_that_lie, "more"),
    "length of 10^18": (length("1" + "0" * 18), "too early"),
    "negative length": (length("-1"), "only"),
    "many headers": (many_headers, "Connection"),
    "long header": (long_header, "Connection"),
    "zeros": (zeros, "web page"),
    "407": (status(407), "407"),
}
HANGING = {
    "silent": (silent, "no answer"),
    "silent after half": (silent_after_half, "too slow"),
    "trickle": (trickle, "too slow"),
    "trickle of headers": (trickle_headers, "no answer"),
}
ALL_FAULTS = FAULTS | HANGING


class Server:
    """Mirrors at /0/, /1/ and /2/, each behaving as told; `asked` lists the paths, `content` has what is served.

    It is asked as a proxy, too.   certificate: the file of one and its key, for HTTPS
    """

    def __init__(self, certificate=None):
        self.content = dict(CONTENT)
        self.behaviours = [good, good, good]
        self.asked = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def begin(self, code, length, *headers):
                self.send_response(code)
                for header in headers:
                    self.send_header(*header)
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.end_headers()

            def do_GET(self):
                *_, mirror, name = self.path.split("/")  # a proxy is asked for http://HOST/MIRROR/NAME
                outer.asked.append(self.path)
                self.close_connection = True
                with suppress(OSError):  # the client may leave
                    outer.behaviours[int(mirror)](self, outer.content[name], outer.over)

            def log_message(self, *args):
                pass

            def handle(self):
                with suppress(OSError):
                    super().handle()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # the handshake is made by the handler, so that a client that fails it stops nobody
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self):
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def tiny(mirrors):
    files = tuple(facts(name) for name in FILE_NAMES)
    return PublishedDataset("tiny", "Tiny", "none", tuple("0123456789"), "digits", mirrors, files, ())


def publish(monkeypatch, mirrors):
    monkeypatch.setitem(CATALOG, "tiny", tiny(mirrors))
