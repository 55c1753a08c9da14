"""The visitor: which page sends a request, and whether it is open on the server's own machine.

A page names itself by a token that it made at random and tells nobody else.  What it keeps and trains is its own: other
pages can neither see nor change it.  Programs that send no token count as one page together.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass

from starlette.requests import Request

from numnist.serve.http.errors import ApiError

HEADER = "X-Numnist-Page"
PROGRAM = "program"  # what all senders without a token are together
PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")  # what proxies add
TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Visitor:
    """Who sends a request.

    page: names its page in folders and responses, and does not give the token away;  local: whether it is sent from
    the server's machine, whose user may see all that was kept.
    """

    page: str
    local: bool


def visitor_of(request: Request) -> Visitor:
    """The sender of a request, by its header, or by ?page=, as a browser's EventSource sends no headers.

    Raises ApiError 400 for a token that is none.
    """
    token = request.headers.get(HEADER)
    if token is None:
        token = request.query_params.get("page")
    if token is None:
        return Visitor(PROGRAM, _is_local(request))
    if not TOKEN.fullmatch(token):
        message = f"{HEADER} is {token[:20]!r}, but must be 8 to 64 letters, digits, - and _, chosen at random."
        raise ApiError(400, "bad_page", message)
    return Visitor(hashlib.sha256(token.encode()).hexdigest()[:16], _is_local(request))


def _is_local(request: Request) -> bool:
    """Whether the client has a loopback address, or the very address at which it reached the server.

    Behind a proxy on this machine all have: what a proxy has passed on is not local, whoever sent it.
    """
    client, server = request.scope.get("client"), request.scope.get("server")
    if client is None or any(name in request.headers for name in PASSED_ON):
        return False
    try:
        address = ipaddress.ip_address(client[0].partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or (server is not None and client[0] == server[0])
