"""Errors that a client is told: a status, a code for programs, and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping


class ApiError(Exception):
    """A request that is refused.  Becomes {"error": {"code", "message"}} with that status.

    code: one word for programs, as too_large;  message: a sentence for people, which says what to do.
    """

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def busy(message: str, seconds: int = 1) -> ApiError:
    """Not now: the client may ask again after so many seconds."""
    return ApiError(503, "busy", message, {"Retry-After": str(seconds)})


def too_slow(part: str, seconds: float) -> ApiError:
    """A part of the request, "header" or "body", took longer than so many seconds.  Ends the connection."""
    message = f"the request's {part} was not there after {seconds:g} s."
    return ApiError(408, "too_slow", message, {"Connection": "close"})


def header_too_large(most: int) -> ApiError:
    """The request's header has more than so many bytes."""
    return ApiError(431, "header_too_large", f"the request's header has more than {most:,} bytes: shorten it.")
