"""What the routes read from a request: ?model=NAME&off=STEPS&digit=K, labels, and a drawing as the body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from numnist.ink.prepare import STEPS
from numnist.serve.http.errors import ApiError
from numnist.serve.inference.drawing import compute_drawing
from numnist.serve.state.context import AppContext
from numnist.serve.state.models import ModelEntry

T = TypeVar("T")


async def with_model(
    context: AppContext, request: Request, compute: Callable[[ModelEntry, bytes], T], quick: bool = False
) -> T:
    """compute(the model that the request names, the body), in a worker process.   quick: it takes milliseconds"""
    body = await request_body(request)
    return await context.in_process(compute, await model_of(context, request), body, quick=quick)


async def with_drawing(
    context: AppContext,
    request: Request,
    compute: Callable[..., T],
    *arguments: Any,
    label: str | None = None,
    quick: bool = False,
) -> T:
    """compute(the drawing in a request, *arguments), all in a worker process, decoding and preparing too.

    compute: a function of a module, since another process must find it;  label: the parameter that names a class, if
    the route takes one;  quick: it takes milliseconds.
    """
    body = await request_body(request)
    entry, off = await model_of(context, request), skipped_steps(request)
    digit = requested_digit(request)
    wanted = None if label is None else requested_label(entry, request, label)
    return await context.in_process(compute_drawing, entry, body, off, wanted, digit, compute, *arguments, quick=quick)


async def model_of(context: AppContext, request: Request) -> ModelEntry:
    """As `requested_model`, in a thread if the model may have to be read from disk."""
    entry = context.models.known(request.query_params.get("model"))
    return await context.in_thread(requested_model, context, request) if entry is None else entry


async def request_body(request: Request) -> bytes:
    """The whole body, whose size the guard limits.  Raises ApiError if the client leaves before its end."""
    try:
        return await request.body()
    except ClientDisconnect:
        raise ApiError(400, "gone", "the connection was closed before all of the body had come.") from None


def requested_model(context: AppContext, request: Request) -> ModelEntry:
    """The model that ?model= names, the default without it, which may be read from disk.  Raises ApiError 404."""
    return context.models.get(request.query_params.get("model"))


def skipped_steps(request: Request) -> tuple[str, ...]:
    """The preparation steps that ?off= leaves out, in the order of the steps.  Raises ApiError 400."""
    names, known = request.query_params.get("off", "").split(","), STEPS["digits"]
    unknown = [name for name in names if name and name not in known]
    if unknown:
        message = f"off={unknown[0]!r} is no step of preparation: give some of {','.join(known)}."
        raise ApiError(400, "unknown_step", message)
    return tuple(name for name in known if name in names)


def requested_label(entry: ModelEntry, request: Request, name: str) -> int | None:
    """The index of the class that a parameter names; None if it is missing or empty.  Raises ApiError 400."""
    label, classes = request.query_params.get(name), entry.model.classes
    if not label:
        return None
    if label not in classes:
        message = f"{name}={label!r} is no class of {entry.name}: it has {', '.join(classes)}."
        raise ApiError(400, "unknown_label", message)
    return classes.index(label)


def requested_digit(request: Request) -> int | None:
    """Which of several digits ?digit= names, from 1; None without it, for the last.  Raises ApiError 400."""
    text = request.query_params.get("digit", "")
    if text and not (text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text)):
        raise ApiError(
            400, "bad_digit", f"digit={text[:20]!r} is none: give a whole number from 1, for the first digit."
        )
    return int(text) if text else None
