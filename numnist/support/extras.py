"""How an extra of numnist is installed: the one place that says so, in messages."""

from __future__ import annotations


def install(extra: str) -> str:
    """The command that brings what an extra needs, with where to run it.

    numnist is installed from its source: on a package index there is nothing of this name that would be numnist.
    """
    return f"pip install '.[{extra}]' in numnist's folder"
