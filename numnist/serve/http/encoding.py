"""Two headers of a request for a file: which encodings its client accepts, and which versions it has (RFC 9110)."""

from __future__ import annotations


def accepts_gzip(header: str) -> bool:
    """Whether a client with this Accept-Encoding takes gzip: named, or covered by *, with a weight above 0."""
    weights = {}
    for part in header.lower().split(","):
        coding, _, parameter = (piece.strip() for piece in part.partition(";"))
        weights[coding] = _weight(parameter)
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def known(etag: str, header: str) -> bool:
    """Whether an If-None-Match names this version, or any with *.  Weak and strong tags compare alike here."""
    tags = [part.strip().removeprefix("W/") for part in header.split(",")]
    return etag in tags or "*" in tags


def _weight(parameter: str) -> float:
    """ "q=0.5" -> 0.5; 1 without a parameter, 0 for one that is no weight."""
    if not parameter:
        return 1.0
    name, _, value = (piece.strip() for piece in parameter.partition("="))
    digits = value.replace(".", "", 1)
    return float(value) if name == "q" and digits.isascii() and digits.isdigit() else 0.0
