"""The server: listens, limits the number of connections, and finishes current requests before it stops."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from contextlib import suppress

from starlette.applications import Starlette

from numnist.serve.app import create_app, lifespan
from numnist.serve.http.access import PARAMETER
from numnist.serve.http.connection import Connection
from numnist.serve.http.errors import busy
from numnist.serve.http.limits import LIMITS, Limits
from numnist.serve.http.stream import CHUNK, HttpStream
from numnist.serve.state.context import AppContext
from numnist.support.errors import UsageError

POLL = 0.1  # seconds between checks of a flag, which signal handlers and threads can set on every system
BACKLOG = 512  # connections that the system holds until they are accepted
UNSENT = 128 << 10  # bytes that the system holds for a client: else megabytes, for many that never read
OTHER_FILES = 200  # that this process opens: pipes of processes, model files, pictures


class Server:
    """Serves an app made by `create_app` on a listening socket."""

    def __init__(self, app: Starlette, limits: Limits = LIMITS):
        self.app, self.limits = app, limits
        self.context: AppContext = app.state.context
        self._stopping = self._forced = False
        self._closing = limits.closing  # seconds for requests under way
        self._open: dict[Connection, asyncio.Task[None]] = {}

    def run(self, listening: socket.socket) -> None:
        """Serve until `stop` is called, then finish the current requests, for so many seconds at most as it says."""
        asyncio.run(self._run(listening))

    def stop(self, closing: float | None = None) -> None:
        """End soon; called again, end at once.  May be called from signal handlers and any thread.

        closing: seconds for the requests under way, `limits.closing` by default.
        """
        if closing is not None:
            self._closing = closing
        self._stopping, self._forced = True, self._stopping

    async def _run(self, listening: socket.socket) -> None:
        async with lifespan(self.app):
            server = await asyncio.start_server(self._accept, sock=listening, limit=CHUNK, backlog=BACKLOG)
            while not self._stopping:
                await asyncio.sleep(POLL)
            server.close()
            self.context.begin_shutdown()
            for connection in self._open:
                connection.stop()
            await self._finish(asyncio.get_running_loop().time() + self._closing)

    async def _finish(self, end: float) -> None:
        """Wait for the connections until that time of the loop's clock, then cancel the rest."""
        while self._serving() and not self._forced and asyncio.get_running_loop().time() < end:
            await asyncio.wait(self._open.values(), timeout=POLL)
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, or refuse it if there are too many."""
        stream, limits = HttpStream(reader, writer, self.limits), self.limits
        connection, full = Connection(self.app, stream), self._serving() >= limits.connections
        task = asyncio.current_task()
        assert task is not None
        self._open[connection] = task
        try:
            if self._stopping:
                return
            connection.refused = full
            most = f"{limits.connections} connections are open, which is the most: ask again in a second."
            error = busy(most) if full else await connection.serve()
            connection.refused = True
            if error is not None and len(self._open) - self._serving() <= limits.refused:
                await connection.refuse(error)
        except asyncio.CancelledError:  # by `_finish`; asyncio would report it as an error
            pass
        finally:
            del self._open[connection]
            stream.close()

    def _serving(self) -> int:
        """The number of connections that are not refused."""
        return sum(not connection.refused for connection in self._open)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any that is free.  Raises UsageError if the address is not available."""
    if not 0 <= port <= 65535:
        raise UsageError(f"port {port} does not exist: choose a --port from 0, which takes any, to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.getaddrinfo(host.strip("[]"), port, family, socket.SOCK_STREAM)  # create_server hides its error's kind
        listening = socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    except (socket.gaierror, UnicodeError) as error:  # UnicodeError: a name that no domain can have
        raise UsageError(
            f"--host {host!r} does not exist ({error}): leave it out for this machine alone, or give 0.0.0.0 for all "
            "addresses of this machine."
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(
                f"--host {host} is not an address of this machine: leave it out, or give 0.0.0.0 for all that it has."
            ) from None
        raise UsageError(
            f"cannot listen on {host}:{port} ({error}): choose another --port, or --port 0 for any that is free."
        ) from None
    # Its connections inherit this: a body is sent at once, not 40 ms later when the client has acknowledged the head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT)
    return listening


def address(host: str, listening: socket.socket, token: str | None = None) -> str:
    """The address to type into a browser, on whatever machine reaches it, with the token if there is one."""
    if host in ("0.0.0.0", "::"):
        host = network_address(host) or socket.gethostname()
    name = f"[{host.strip('[]')}]" if ":" in host else host
    found = f"http://{name}:{listening.getsockname()[1]}"
    return found if token is None else f"{found}/?{PARAMETER}={token}"


def network_address(host: str) -> str | None:
    """This machine's address in its network, where the server listens at all addresses; None without a network.

    host: "0.0.0.0" or "::".  It is the one from which the system would send to a distant machine; nothing is sent.
    """
    family, distant = (socket.AF_INET6, "2001:db8::1") if host == "::" else (socket.AF_INET, "192.0.2.1")
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((distant, 9))  # addresses for documentation (RFC 3849, RFC 5737), which nobody has
        name: str = probe.getsockname()[0]
        return name
    return None


def run(
    context: AppContext, host: str, listening: socket.socket, token: str | None = None, limits: Limits = LIMITS
) -> None:
    """Serve until SIGTERM, Ctrl-C, or the end of the terminal, then finish the current requests.

    After Ctrl-C they have less time, since somebody waits at the terminal.
    """
    make_room(limits)
    server = Server(create_app(context, host, limits, token), limits)
    times = {signal.SIGTERM: limits.closing, signal.SIGINT: limits.interrupted}
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as it is under nohup
        times[signal.SIGHUP] = limits.interrupted
    before = {number: signal.signal(number, lambda got, _: server.stop(times[signal.Signals(got)])) for number in times}
    try:
        server.run(listening)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def make_room(limits: Limits) -> None:
    """Let this process open as many files as it may have connections, where the system allows more than it has set."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on Windows, which has no such limit

        needed = limits.connections + limits.refused + OTHER_FILES
        soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < needed:
            resource.setrlimit(
                resource.RLIMIT_NOFILE, (needed if most == resource.RLIM_INFINITY else min(needed, most), most)
            )
