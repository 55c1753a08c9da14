"""Running: `numnist serve` as a process of its own, from its first line to its end."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.responses import StreamingResponse
from starlette.routing import Route

from numnist.serve import server as server_module
from numnist.serve.app import create_app
from numnist.serve.http.limits import LIMITS
from numnist.serve.server import Server, address, listen, network_address
from numnist.support.errors import UsageError
from numnist.support.workers import cores
from tests.serve.conftest import PATIENCE
from tests.serve.raw import HEAD, PIXELS, WHOLE, answer, connected

EXPECTING = HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(PIXELS)


@pytest.fixture
def process(tmp_path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """(the process, its address)"""
    command = [sys.executable, "-W", "error", "-m", "numnist", "serve", "--port", "0"]
    number = getattr(signal, "SIGHUP", signal.SIGTERM)
    before = signal.signal(number, signal.SIG_DFL)  # under nohup it is ignored, also by the processes that are started
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as started:
        try:
            assert started.stdout is not None
            line = started.stdout.readline()
            assert line.startswith("Page      http://127.0.0.1:"), (line, started.stderr and started.stderr.read())
            yield started, line.split()[1]
        finally:
            signal.signal(number, before)
            started.kill()


def test_a_signal_lets_what_is_under_way_finish(process):
    """SIGTERM: Ctrl-C waits only for a second, in which a busy machine may not answer."""
    started, place = process
    with connected(place) as client:
        client.sendall(EXPECTING)
        assert client.recv(1000).startswith(b"HTTP/1.1 100")  # so it is under way
        started.send_signal(signal.SIGTERM)
        while True:  # until nobody new is let in
            try:
                connected(place).__enter__().close()
            except ConnectionError:
                break
        client.sendall(PIXELS)
        assert answer(client).status == 200
    out, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 0
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_process_that_nobody_asks_ends_at_once(process, name):
    """SIGHUP is what a closed terminal sends."""
    if not hasattr(signal, name):
        pytest.skip(f"this system has no {name}")
    started, place = process
    with connected(place) as client:
        client.sendall(WHOLE)
        assert answer(client).status == 200
        started.send_signal(getattr(signal, name))
        assert client.recv(1) == b""  # idle connections are closed
    assert started.wait(PATIENCE) == 0


@pytest.fixture
def workers(process) -> list[int]:
    """The worker processes of `process`, of which there is at least one."""
    started, place = process
    if not sys.platform.startswith("linux"):
        pytest.skip("looks for them in /proc")
    if cores() < 2:
        pytest.skip("on one core there are none")
    with connected(place) as client:
        while not (found := children(started.pid)):
            client.sendall(WHOLE)
            assert answer(client).status == 200
    return found


def children(parent: int) -> list[int]:
    """The processes that a process has started and not waited for."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            if int(file.read_text("utf-8").rpartition(")")[2].split()[1]) == parent:
                found.append(int(file.parent.name))
    return found


def until_ended(pids: list[int]) -> None:
    """Wait until processes have ended, which nobody may have waited for."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        states = []
        for pid in pids:
            with suppress(OSError):
                states.append(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0])
        if set(states) <= {"Z"}:
            return
    raise AssertionError("they run on")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_worker_process_outlives_the_server(process, workers, number):
    started, _ = process
    started.send_signal(number)
    started.wait(PATIENCE)
    until_ended(workers)


def test_ctrl_c_is_for_the_server_alone(process, workers):
    """A terminal sends it to the whole group of processes."""
    started, _ = process
    assert os.getpgid(started.pid) not in {os.getpgid(pid) for pid in workers}
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 0
    assert "Traceback" not in err
    until_ended(workers)


def test_ctrl_c_ends_whatever_is_under_way(process, tmp_path):
    """A training that two pages watch, a client that sends half a request, and a confusion matrix.

    The training has 20 epochs, and the client never goes on.
    """
    started, place = process
    wanted = json.dumps({"recipe": "quick", "epochs": 20, "data": "strokes"}).encode()
    with ExitStack() as stack:
        page = stack.enter_context(connected(place))
        page.sendall(b"POST /api/learning HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(wanted))
        page.sendall(wanted)
        one = answer(page).json["id"]
        for _ in range(2):
            each = stack.enter_context(connected(place))
            each.sendall(f"GET /api/learning/{one}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            data = b""
            while b"retry:" not in data:
                more = each.recv(65536)
                assert more, data
                data += more
        asking = stack.enter_context(connected(place))
        asking.sendall(b"GET /api/confusion?model=digits HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer(asking).status == 503  # it is being worked out
        slow = stack.enter_context(connected(place))
        slow.sendall(EXPECTING)
        assert slow.recv(1000).startswith(b"HTTP/1.1 100")
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 0
    assert "Traceback" not in err
    assert list(tmp_path.glob("runs/*")) == []  # nothing of the training is left


def test_requests_under_way_have_a_moment_after_ctrl_c(context):
    """The time for them is the signal's: none here, so that the server ends although a client never goes on."""
    with listen("127.0.0.1", 0) as listening:
        server = Server(create_app(context), replace(LIMITS, closing=10 * PATIENCE, body=10 * PATIENCE))
        thread = threading.Thread(target=server.run, args=[listening])
        thread.start()
        with connected(address("127.0.0.1", listening)) as client:
            client.sendall(EXPECTING)
            assert client.recv(1000).startswith(b"HTTP/1.1 100")
            server.stop(0.0)
            thread.join(PATIENCE)
        assert not thread.is_alive()
    assert LIMITS.interrupted <= 1 < LIMITS.closing


def test_it_may_open_as_many_files_as_it_takes_connections(monkeypatch):
    resource = pytest.importorskip("resource", reason="this system has no such limit")
    found = []
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: found.append(limits))
    needed = LIMITS.connections + LIMITS.refused + server_module.OTHER_FILES
    for soft, most in ((256, 100_000), (256, 512), (256, resource.RLIM_INFINITY), (needed, needed)):
        monkeypatch.setattr(resource, "getrlimit", lambda kind, limits=(soft, most): limits)
        server_module.make_room(LIMITS)
    assert found == [(needed, 100_000), (512, 512), (needed, resource.RLIM_INFINITY)]


def test_an_address_in_use_is_said_so():
    with listen("127.0.0.1", 0) as taken, pytest.raises(UsageError, match="choose another --port"):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be_is_refused(port):
    with pytest.raises(UsageError, match="--port"):
        listen("127.0.0.1", port)


def test_the_address_can_be_typed_into_a_browser():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert address("127.0.0.1", listening) == f"http://127.0.0.1:{port}"
        assert address("::1", listening) == f"http://[::1]:{port}"
        assert address("192.0.2.7", listening) == f"http://192.0.2.7:{port}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_open_host_is_told_by_an_address_that_others_can_type(host, monkeypatch):
    found = network_address(host)
    assert found is None or not ipaddress.ip_address(found).is_unspecified
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setattr(
            server_module, "network_address", lambda host: "192.0.2.7" if host == "0.0.0.0" else "fd00::7"
        )
        assert address(host, listening) == f"http://{'192.0.2.7' if host == '0.0.0.0' else '[fd00::7]'}:{port}"
        monkeypatch.setattr(server_module, "network_address", lambda host: None)
        assert address(host, listening) == f"http://{socket.gethostname()}:{port}"


@pytest.mark.parametrize("host", ["nope.invalid", "a" * 70, "999.1.1.1"])
def test_a_host_that_does_not_exist_is_not_a_port_in_use(host):
    with pytest.raises(UsageError, match="does not exist") as refused:
        listen(host, 0)
    assert "--port" not in str(refused.value)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(UsageError, match="not an address of this machine"):
        listen("192.0.2.7", 0)


def test_long_answers_are_told_to_end_before_they_are_waited_for(context):
    over = threading.Event()  # what a training would be told by
    context.on_shutdown(over.set)

    async def long(request):
        async def events():
            yield b"begun"
            while not over.is_set():
                await asyncio.sleep(0.01)
            yield b"ended"

        return StreamingResponse(events())

    app = create_app(context)
    app.router.routes.append(Route("/long", long))
    with listen("127.0.0.1", 0) as listening:
        server = Server(app, LIMITS)
        thread = threading.Thread(target=server.run, args=[listening])
        thread.start()
        with connected(address("127.0.0.1", listening)) as client:
            client.sendall(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
            data = b""
            while b"begun" not in data:
                data += client.recv(1000)
            server.stop()
            while more := client.recv(1000):
                data += more
            assert b"ended" in data
        thread.join(PATIENCE)
        assert not thread.is_alive()
