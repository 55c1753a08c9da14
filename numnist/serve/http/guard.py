"""The guard: refuses foreign web sites, and bodies that are too large or too slow, before a route is called.

The page is for the person at this machine.  Other web sites open in the same browser must not reach it: a foreign Host
is a name that was pointed at this machine (DNS rebinding), a foreign Origin is another site's script.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from itertools import chain

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from numnist.serve.http.errors import ApiError, header_too_large, too_slow
from numnist.serve.http.limits import LIMITS, Limits
from numnist.serve.http.responses import error_response

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
SAFE = ("GET", "HEAD", "OPTIONS")  # methods that change nothing
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:/@\[\]]+)(:[0-9]{1,5})?")

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]  # no route sets one of these


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    address = _address(host)
    return host == "localhost" if address is None else address.is_loopback


class Guard:
    """ASGI middleware that refuses foreign requests and large or slow bodies, and adds security headers to responses.

    host: the address that the server listens at.  If other machines can reach it, this machine's name is accepted as
    Host too, and any numeric Host, since DNS rebinding needs a name.
    """

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1", limits: Limits = LIMITS):
        self.app, self.limits = app, limits
        self.open = not is_loopback(host)
        own = (host, socket.gethostname(), f"{socket.gethostname()}.local") if self.open else (host,)
        self.names = frozenset(name.lower() for name in (*LOOPBACK, *own))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *RAW_HEADERS]
            await send(message)

        headers = Headers(scope=scope)
        try:
            self._check_head(scope)
            self._check_host(headers)
            if scope["method"] not in SAFE:
                _check_origin(headers)
            self._check_length(headers)
        except ApiError as error:
            await error_response(error)(scope, receive, guarded)
            return
        await self.app(scope, self._limited(receive), guarded)

    def _check_head(self, scope: Scope) -> None:
        """Checks that h11 does not make: the version, and the size of a head that comes all at once."""
        if scope["http_version"] not in ("1.0", "1.1"):
            message = f"this server speaks HTTP/1.1, not {scope['http_version']}: ask in that version."
            raise ApiError(400, "bad_http", message)
        parts = scope["raw_path"], scope["query_string"], *chain(*scope["headers"])
        if sum(map(len, parts)) > self.limits.header_bytes:
            raise header_too_large(self.limits.header_bytes)

    def _check_host(self, headers: Headers) -> None:
        host = headers.get("host", "")
        found = HOST.fullmatch(host)
        name = found[1].lower() if found else ""
        if name not in self.names and not (self.open and _address(name)):
            message = f"this server is not {host[:100]!r}: ask for it as {', '.join(sorted(self.names))}."
            raise ApiError(421, "wrong_host", message)

    def _check_length(self, headers: Headers) -> None:
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise ApiError(400, "bad_length", f"Content-Length is {length[:40]!r}, but must be a whole number.")
        if len(length) > 19 or int(length) > self.limits.body_bytes:
            raise self._too_large()

    def _limited(self, receive: Receive) -> Receive:
        """A receive that raises ApiError as soon as the body is larger, or takes longer, than allowed."""
        size, end, complete = 0, asyncio.get_running_loop().time() + self.limits.body, False

        async def limited() -> Message:
            nonlocal size, complete
            if complete:  # now the app waits for the client to leave
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise too_slow("body", self.limits.body) from None
            size += len(message.get("body", b""))
            if size > self.limits.body_bytes:
                raise self._too_large()
            complete = not message.get("more_body", False)
            return message

        return limited

    def _too_large(self) -> ApiError:
        most = self.limits.body_bytes
        return ApiError(413, "too_large", f"the body has more than {most:,} bytes: send a smaller picture, or fewer.")


def _check_origin(headers: Headers) -> None:
    """Browsers tell from which site a script sends; programs tell nothing, and may send."""
    origin, host = headers.get("origin"), headers.get("host", "")
    site = headers.get("sec-fetch-site", "same-origin")
    foreign = origin is not None and origin.lower() not in (f"http://{host}".lower(), f"https://{host}".lower())
    if foreign or site not in ("same-origin", "none"):
        whose = (origin or "another site")[:100]
        raise ApiError(403, "foreign_origin", f"pages of {whose!r} may not send to this server: use its own page.")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The numeric address that a host is, None for a name."""
    with suppress(ValueError):
        return ipaddress.ip_address(name.strip("[]"))
    return None
