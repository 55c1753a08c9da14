"""Running: the app at an address, until somebody says stop."""

from __future__ import annotations

import signal
import socket

import uvicorn
from starlette.types import ASGIApp

from numnist.serve.app import create_app
from numnist.serve.http.limits import LIMITS, Limits
from numnist.serve.http.protocol import Config
from numnist.serve.state.context import Desk
from numnist.support.errors import UsageError


class Server(uvicorn.Server):
    """uvicorn's server, which tells long answers to end before it waits for all answers."""

    def __init__(self, app: ASGIApp, desk: Desk, limits: Limits):
        super().__init__(Config(app, limits))
        self.desk = desk

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.desk.closing()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any that is free.  Raises UsageError where the address cannot be had."""
    if not 0 <= port <= 65535:
        raise UsageError(f"port {port} does not exist: choose a --port from 0, which takes any, to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=512)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be listened at ({error}): choose another --port, or --port 0 for any that is free."
        ) from None


def address(host: str, listening: socket.socket) -> str:
    """What to type into the browser."""
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()  # every address that this machine has
    name = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{name}:{listening.getsockname()[1]}"


def run(desk: Desk, host: str, listening: socket.socket, limits: Limits = LIMITS) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish what is under way."""
    server = Server(create_app(desk, host, limits), desk, limits)
    # uvicorn raises the signal again when it has ended, for whoever was there before: nobody
    before = {number: signal.signal(number, _nothing) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(number: int, frame: object) -> None:
    """A signal that has been heeded already."""
