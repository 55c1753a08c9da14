"""Access: where other machines reach the server, a request needs the token that stands in the server's address.

    http://192.0.2.7:8000/?token=...     a browser: it gets a cookie, and the page without the token in its address
    Authorization: Bearer ...            a program

Addresses are shared in a class, end up in screenshots and histories, and are sent on.  So the token is read from the
page's address alone, never from an API's, and leaves the address bar at once.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from numnist.serve.assets.files import assets
from numnist.serve.http.errors import ApiError
from numnist.serve.http.responses import error_response
from numnist.support.errors import UsageError

BYTES = 16  # 128 random bits
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")  # the same in an address, a cookie and a header
PARAMETER = "token"
PAGE = "/"
OPEN = frozenset({"/healthz", "/page/joined/main.css", "/page/icon.svg"})  # the last two: of the page that refuses


def new_token() -> str:
    """A token that nobody guesses, in letters that an address may have."""
    return secrets.token_urlsafe(BYTES)


def checked_token(token: str) -> str:
    """The token, if it may be one.  Raises UsageError, which does not repeat it."""
    if not TOKEN.fullmatch(token):
        raise UsageError(
            f"the token has {len(token)} characters, but must be 16 to 128 letters, digits, - and _, so that nobody "
            "guesses it and it fits into an address: leave it out for a random one."
        )
    return token


class Access:
    """ASGI middleware that refuses requests without the token.  With None it lets all pass."""

    def __init__(self, app: ASGIApp, token: str | None):
        self.app, self.token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.token is None or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["path"] == PAGE and scope["method"] in ("GET", "HEAD") and self._in_address(scope):
            response = self._welcome(headers)
        elif self._carried(headers):
            await self.app(scope, receive, send)
            return
        else:
            response = _refusal(scope, headers)
        await response(scope, receive, send)

    def _in_address(self, scope: Scope) -> bool:
        given = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=None)
        return any(map(self._right, given.get(PARAMETER, ())))

    def _carried(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._right(given.strip())
        return self._right(cookie_parser(headers.get("cookie", "")).get(_cookie(headers), ""))

    def _right(self, given: str) -> bool:
        """Whether this is the token, in a time that does not depend on where it differs."""
        assert self.token is not None
        return secrets.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def _welcome(self, headers: Headers) -> Response:
        """To the page, with a cookie for it, until the browser is closed.

        Lax, not Strict: who follows a link in a mail or a chat would otherwise arrive without it.  A foreign page can
        no more than open this one with it: its own requests come without, and the guard refuses its forms.
        """
        cookie = f"{_cookie(headers)}={self.token}; Path=/; HttpOnly; SameSite=Lax"
        return Response(status_code=303, headers={"Location": PAGE, "Set-Cookie": cookie, "Cache-Control": "no-store"})


def _cookie(headers: Headers) -> str:
    """The cookie's name.  A browser keeps one set for all ports of a host: it has the port that the browser sees."""
    port = re.search(r":([0-9]+)$", headers.get("host", ""))
    return f"numnist-{port[1] if port else 80}"


def _refusal(scope: Scope, headers: Headers) -> Response:
    """401: as a page for a browser that opens the page, as JSON for everybody else."""
    message = "the token is missing or wrong: open the address with ?token=, or send Authorization: Bearer TOKEN."
    error = ApiError(401, "token_needed", message, {"WWW-Authenticate": "Bearer"})
    if scope["path"] != PAGE or "text/html" not in headers.get("accept", ""):
        return error_response(error)
    more = {"Cache-Control": "no-store", **error.headers}
    return Response(assets()["locked.html"].content, 401, more, "text/html; charset=utf-8")
