"""Downloads: whatever the network does, the caller soon has the right files or a DataError that says why not."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from numnist.data import load
from numnist.data.published.catalog import FILE_NAMES
from numnist.data.registry import fetch
from numnist.support.errors import DataError
from tests.data.published.mirrors import ALL_FAULTS, CONTENT, HANGING, Server, publish, silent


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


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "tiny"


LONG = 60.0  # seconds that no test waits, because a mirror that answers may be slow on a busy machine
SOON = 10.0  # far more than what is to be waited, and less than the 20 for which a mirror hangs


def get(patience=LONG, **options):
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


def hangs(fault):
    return any(fault is hanging for hanging, _ in HANGING.values())


@pytest.mark.parametrize(("fault", "says"), ALL_FAULTS.values(), ids=ALL_FAULTS)
def test_when_all_mirrors_fail_there_is_an_error_in_time_and_nothing_is_kept(server, folder, fault, says):
    server.behaviours = [fault] * 3
    start = time.monotonic()
    with pytest.raises(DataError) as caught:
        get(patience=0.5 if hangs(fault) else LONG)
    assert time.monotonic() - start < SOON or not hangs(fault)
    message = str(caught.value)
    assert says in message
    for i in range(3):
        assert f"http://127.0.0.1:{server.port}/{i}/train-images-idx3-ubyte.gz: " in message
    assert "numnist data import PATH" in message
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("fault", "says"), ALL_FAULTS.values(), ids=ALL_FAULTS)
def test_when_one_mirror_fails_the_next_is_asked(server, fault, says):
    server.behaviours[0] = fault
    assert len(get(patience=4.0 if hangs(fault) else LONG).test) == 12


def test_a_dead_mirror_costs_its_wait_once(server):
    server.behaviours[0] = silent
    get(patience=4.0)
    assert [path[:3] for path in server.asked] == ["/0/", "/1/", "/1/", "/1/", "/1/"]


def dead_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def fails(mirrors, monkeypatch, says, patience=LONG):
    publish(monkeypatch, mirrors)
    with pytest.raises(DataError, match=says):
        get(patience=patience)


def fails_soon(mirrors, monkeypatch):
    """Though nothing comes for long."""
    start = time.monotonic()
    fails(mirrors, monkeypatch, "no answer", patience=0.5)
    assert time.monotonic() - start < SOON


def test_a_refused_connection(server, monkeypatch):
    fails((f"http://127.0.0.1:{dead_port()}/",), monkeypatch, "connection refused")


def test_a_failing_tls_handshake(server, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as plain:  # a web server may wait for the end of a line that has none
        thread = threading.Thread(target=answer_plainly, args=(plain,))
        thread.start()
        fails((f"https://127.0.0.1:{plain.getsockname()[1]}/",), monkeypatch, "TLS failed")
        plain.shutdown(socket.SHUT_RDWR)  # ends the thread's waiting
        thread.join()


def answer_plainly(listening):
    with suppress(OSError):
        while True:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_dead_proxy(server, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{dead_port()}")
    fails(("http://mirror.invalid/",), monkeypatch, "proxy")


def test_an_unknown_host(server, monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    fails(("http://mirror.invalid/",), monkeypatch, "name is not known")


def test_name_servers_that_hang(server, monkeypatch):
    def hang(*args, **kwargs):
        server.over.wait(20)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    fails_soon(("http://mirror.invalid/",), monkeypatch)


def test_a_connection_that_is_never_made(server, monkeypatch):
    def hang(*args, **kwargs):
        server.over.wait(20)
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", hang)
    fails_soon(("http://mirror.invalid/",), monkeypatch)


def test_an_address_that_makes_no_sense(server, monkeypatch):
    fails(("http://[::bad/", "nonsense:", ""), monkeypatch, "is unavailable")


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
