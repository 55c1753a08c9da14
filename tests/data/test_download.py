"""Downloads: whatever the network does, the caller soon has the right files or a DataError that says why not."""

from __future__ import annotations

import gzip
import hashlib
import socket
import struct
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from hypothesis import given, strategies as st

from numnist.data import fetch, load
from numnist.data.catalog import CATALOG, FILE_NAMES, KnownDataset, KnownFile
from numnist.data.download import _CREDIT, PATIENCE, STEADY, Patience
from numnist.errors import DataError


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
    return KnownFile(name, len(packed), sha256(packed), len(unpacked), sha256(unpacked))


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
}
HANGING = {
    "silent": (silent, "no answer"),
    "silent after half": (silent_after_half, "too slow"),
    "trickle": (trickle, "too slow"),
    "trickle of headers": (trickle_headers, "no answer"),
}
ALL_FAULTS = FAULTS | HANGING


class Server:
    """Mirrors at /0/, /1/ and /2/, each behaving as told; `asked` lists the paths."""

    def __init__(self):
        self.behaviours = [good, good, good]
        self.asked = []
        self.over = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def begin(self, code, length):
                self.send_response(code)
                if length is not None:
                    self.send_header("Content-Length", str(length))
                self.end_headers()

            def do_GET(self):
                _, mirror, name = self.path.split("/")
                outer.asked.append(self.path)
                self.close_connection = True
                with suppress(OSError):  # the client may leave
                    outer.behaviours[int(mirror)](self, CONTENT[name], outer.over)

            def log_message(self, *args):
                pass

            def handle(self):
                with suppress(OSError):
                    super().handle()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self):
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch):
    """A server with three mirrors of a data set called "tiny"; no test waits long."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("NUMNIST_OFFLINE", raising=False)
    made = Server()
    mirrors = tuple(f"http://127.0.0.1:{made.port}/{i}/" for i in range(3))
    publish(monkeypatch, mirrors)
    yield made
    made.close()


def publish(monkeypatch, mirrors):
    files = tuple(facts(name) for name in FILE_NAMES)
    known = KnownDataset("tiny", "Tiny", "none", tuple("0123456789"), "digits", mirrors, files)
    monkeypatch.setitem(CATALOG, "tiny", known)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "tiny"


def get(patience=5.0, **options):
    return load("tiny", validation=10, patience=patience, **options)


def test_what_is_downloaded_is_kept_and_not_asked_for_again(server, folder):
    data = get()
    assert (len(data.train), len(data.validation), len(data.test)) == (50, 10, 12)
    assert server.asked == [f"/0/{name}" for name in FILE_NAMES]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    assert get().sha256 == data.sha256
    assert len(server.asked) == 4


def test_progress_is_told_up_to_the_size_of_each_file(server):
    told = {}
    get(progress=lambda file, done, total: told.setdefault(file, []).append((done, total)))
    assert list(told) == list(FILE_NAMES)
    for name, steps in told.items():
        assert steps == sorted(steps)
        assert steps[-1] == (len(CONTENT[name]), len(CONTENT[name]))


@pytest.mark.parametrize(("fault", "says"), ALL_FAULTS.values(), ids=ALL_FAULTS)
def test_when_all_mirrors_fail_there_is_an_error_in_time_and_nothing_is_kept(server, folder, fault, says):
    server.behaviours = [fault] * 3
    start = time.monotonic()
    with pytest.raises(DataError) as caught:
        get(patience=0.5)
    assert time.monotonic() - start < 3  # because 0.5 s is to be waited and the machine may be busy
    message = str(caught.value)
    assert says in message
    for i in range(3):
        assert f"http://127.0.0.1:{server.port}/{i}/train-images-idx3-ubyte.gz: " in message
    assert "numnist data import PATH" in message
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("fault", "says"), ALL_FAULTS.values(), ids=ALL_FAULTS)
def test_when_one_mirror_fails_the_next_is_asked(server, fault, says):
    server.behaviours[0] = fault
    assert len(get(patience=1.0 if fault in (f for f, _ in HANGING.values()) else 5.0).test) == 12


def test_a_dead_mirror_costs_its_wait_once(server):
    server.behaviours[0] = silent
    get(patience=1.0)
    assert [path[:3] for path in server.asked] == ["/0/", "/1/", "/1/", "/1/", "/1/"]


def dead_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def fails_soon(mirrors, monkeypatch, says):
    publish(monkeypatch, mirrors)
    start = time.monotonic()
    with pytest.raises(DataError, match=says):
        get(patience=0.5)
    assert time.monotonic() - start < 3


def test_a_refused_connection(server, monkeypatch):
    fails_soon((f"http://127.0.0.1:{dead_port()}/",), monkeypatch, "connection refused")


def test_a_failing_tls_handshake(server, monkeypatch):
    fails_soon((f"https://127.0.0.1:{server.port}/",), monkeypatch, "TLS failed")


def test_a_dead_proxy(server, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{dead_port()}")
    fails_soon(("http://mirror.invalid/",), monkeypatch, "proxy")


def test_an_unknown_host(server, monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    fails_soon(("http://mirror.invalid/",), monkeypatch, "name is not known")


def test_name_servers_that_hang(server, monkeypatch):
    def hang(*args, **kwargs):
        server.over.wait(20)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    fails_soon(("http://mirror.invalid/",), monkeypatch, "no answer")


def test_a_connection_that_is_never_made(server, monkeypatch):
    def hang(*args, **kwargs):
        server.over.wait(20)
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", hang)
    fails_soon(("http://mirror.invalid/",), monkeypatch, "no answer")


def test_an_address_that_makes_no_sense(server, monkeypatch):
    fails_soon(("http://[::bad/", "nonsense:", ""), monkeypatch, "cannot be had")


def no_socket(*args, **kwargs):
    raise AssertionError("a socket was opened")


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_offline_never_opens_a_socket(server, monkeypatch, how):
    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setattr(socket, "getaddrinfo", no_socket)
    if how == "environment":
        monkeypatch.setenv("NUMNIST_OFFLINE", "1")
    with pytest.raises(DataError, match="offline"):
        get(offline=how == "argument")
    assert server.asked == []


def test_offline_reads_what_was_downloaded(server):
    data = get()
    assert get(offline=True).sha256 == data.sha256


def test_a_broken_file_in_the_cache_is_fetched_anew_once(server, folder):
    get()
    server.asked.clear()
    (folder / FILE_NAMES[2]).write_bytes(CONTENT[FILE_NAMES[2]][:-1] + b"!")
    get()
    get()
    assert server.asked == [f"/0/{FILE_NAMES[2]}"]
    assert (folder / FILE_NAMES[2]).read_bytes() == CONTENT[FILE_NAMES[2]]


def test_a_download_that_is_interrupted_leaves_no_file_and_can_be_repeated(server, folder):
    def interrupt(file, done, total):
        if file == FILE_NAMES[2]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(progress=interrupt)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILE_NAMES[:2])
    get()
    assert sum(FILE_NAMES[0] in path for path in server.asked) == 1


def test_two_at_once_do_no_harm(server, folder):
    results = []
    both = threading.Barrier(2)

    def one():
        both.wait()
        results.append(get().sha256)

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    assert results[0] == results[1]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT


def test_a_cache_that_cannot_be_written_is_said_so(server, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cache .* cannot be written"):
        get()


def test_fetch_downloads_what_the_cache_lacks(server, folder):
    (folder.parent.parent / "data" / "tiny").mkdir(parents=True)
    for name, content in CONTENT.items():  # found elsewhere, but fetch is asked to fill the cache
        (folder.parent.parent / "data" / "tiny" / name).write_bytes(content)
    assert fetch("tiny") == folder
    assert len(list(folder.iterdir())) == 4


class Clock:
    """Time that passes only when told."""

    now = 0.0

    def __call__(self):
        return self.now


def test_the_default_patience_ends_within_15_seconds():
    assert PATIENCE + 3 * _CREDIT <= 14  # because an error must come within 15, and hashing takes some


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 100_000)), max_size=50))
def test_no_more_time_passes_than_the_patience_and_what_the_data_needs(arrivals):
    clock = Clock()
    patience = Patience(PATIENCE, clock)
    patience.start()
    for pause, count in arrivals:
        clock.now += pause
        patience.arrived(count)
    needed = sum(count for _, count in arrivals) / STEADY
    assert clock.now <= PATIENCE - patience.left + needed + 1e-9  # because sums of floats round


@pytest.mark.parametrize("burst", [500, 5_000, 45_000])
def test_data_that_flows_steadily_costs_no_patience(burst):
    clock = Clock()
    patience = Patience(PATIENCE, clock)
    patience.start()
    patience.arrived(2 * burst)  # networks begin with a full buffer
    for _ in range(10_000):
        clock.now += burst / (1.1 * STEADY)
        patience.arrived(burst)
    assert patience.left == PATIENCE


def test_a_large_burst_makes_up_for_no_more_than_a_second():
    clock = Clock()
    patience = Patience(PATIENCE, clock)
    patience.start()
    patience.arrived(100_000_000)
    clock.now += 5
    patience.arrived(0)
    assert patience.left == pytest.approx(PATIENCE - 4)
