"""Signatures as the source writes them: ArrayLike and NDArray[np.int64], rather than what these stand for."""

from __future__ import annotations

import inspect
import re
from typing import Any

from sphinx.util.inspect import stringify_signature


def process_signature(
    app: Any, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str, str] | None:
    """What Sphinx calls for each signature: returns what stands there instead, or None to leave it."""
    if signature is None or what == "exception":
        return None
    try:
        found = inspect.signature(obj)
    except (TypeError, ValueError):
        return None
    parameters = list(found.parameters.values())
    if what == "method" and parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    shown = stringify_signature(found.replace(parameters=parameters), show_return_annotation=False)
    back = found.return_annotation
    words = "" if what == "class" or back is inspect.Signature.empty else returned(back)
    return re.sub(r"<class '(?:numpy\.)?([\w.]+)'>", r"\1", shown), words


def returned(annotation: Any) -> str:
    """What a function returns.  Those of nn/functional.py are written as a Call and return its array."""
    words = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return "Array" if words == "Call" else words
