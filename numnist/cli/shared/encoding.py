"""Output in any encoding: what a terminal or file cannot take is written in other letters, never an error."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Any

# What reads well in ASCII
PLAIN = {
    "×": "x", "·": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "±": "+-", "…": "...", "→": "->", "←": "<-", "↓": "v",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "√": "sqrt", "∂": "d", "∇": "grad ", "∞": "inf", "∈": " in ",
    "⌈": "ceil(", "⌉": ")", "ᵀ": ".T", "Σ": "sum", "Φ": "Phi", "Δ": "Delta", "α": "alpha", "β": "beta", "γ": "gamma",
    "δ": "delta", "ε": "eps", "η": "eta", "θ": "theta", "λ": "lambda", "µ": "u", "μ": "mu", "π": "pi", "ρ": "rho",
    "σ": "sigma", "φ": "phi", "“": '"', "”": '"', "‘": "'", "’": "'", "✓": "ok", "✗": "x", "ẑ": "z",
    "ⱼ": "_j", "ᵢ": "_i", "│": "|", "└": "`",
} | dict.fromkeys("─━═╸╺", "-") | dict.fromkeys("●○◆◇▲△■□•", "o")  # fmt: skip
PLAIN |= dict(zip("▁▂▃▄▅▆▇█▀░▒▓", "_.-=+*#@'.:%"))  # bars and shades
POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁱʲᵗˣ"
HANDLER = "numnist.plain"


def print_anything(*streams: Any) -> None:
    """Let these text streams take any text, whatever their encoding: ASCII, Windows' code pages, or UTF-8.

    UTF-8 cannot take everything either: names of files that are not UTF-8 come as lone surrogates.
    """
    codecs.register_error(HANDLER, _plain)
    for stream in streams:
        if hasattr(stream, "reconfigure"):  # a caller may have put something else in its place
            stream.reconfigure(errors=HANDLER)


def is_unicode(stream: Any) -> bool:
    """Whether the stream takes all of Unicode."""
    return str(getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-").startswith("utf")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What is written for the characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = "".join(map(_plain_sign, error.object[error.start : error.end]))
    return re.sub(r"(\^-?\d*)\^", r"\1", text), error.end  # one power for several digits


def _plain_sign(sign: str) -> str:
    if sign in POWERS:
        return f"^{unicodedata.normalize('NFKD', sign).replace('−', '-')}"
    if unicodedata.combining(sign):  # the hat of an estimate
        return ""
    # \xe4 rather than a, since letters stand in names of files
    return PLAIN.get(sign, sign.encode("ascii", "backslashreplace").decode())
