"""numnist serve: the page on which one draws, and its API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.printing import note, result


def serve(
    *,
    model: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    runs: Path = Path("runs"),
    kept: Path = Path("drawn"),
    open_: Annotated[bool, Parameter(name="--open", negative="")] = False,
) -> int:
    """Open a page on which you draw and the model answers with every stroke. Ctrl-C ends it.

    The address is printed; nothing outside this machine is asked for. docs/api.md describes the API.

    Parameters
    ----------
    model
        The model that answers at first: a ready one (digits, fashion), a model file or a run folder; digits by default.
    host
        Where to listen. Any other than this machine's own lets others use the page: there is no password.
    port
        0 takes any that is free.
    runs
        The folder whose finished runs can be chosen on the page, and where runs kept from the page go.
    kept
        The folder for drawings whose true answer was said; made with the first.
    open_
        Open the page in the browser.
    """
    from numnist.serve.http.guard import is_loopback
    from numnist.serve.http.server import address, listen, run
    from numnist.serve.state.context import Desk
    from numnist.serve.state.models import Shelf

    if not is_loopback(host):
        note("Warning", f"{host} can be reached from other machines: whoever reaches it may draw, train and keep.")
    desk = Desk(Shelf(model, runs), runs, kept)
    with listen(host, port) as listening:
        url = address(host, listening)
        note("Model", desk.shelf.default)
        result(f"Page      {url}")
        note("Stop", "with Ctrl-C")
        if open_:
            import webbrowser

            webbrowser.open(url)
        run(desk, host, listening)
    return 0
