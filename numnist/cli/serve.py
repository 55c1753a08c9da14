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
) -> None:
    """Serve a page that classifies what you draw, with every stroke, and an API. Ctrl-C stops it.

    The command prints the address. The page loads nothing from the internet. docs/api.md describes the API.
    Worker processes, one for each core, compute the predictions; they start as they are needed.

    Args:
        model: The initial model: a pretrained one (digits, fashion), a model file or a run folder; digits by default.
        host: The address to listen on. Any other than this machine's own lets others use the page: there is no
            password. 0.0.0.0 is all that it has; the command then prints the one to give to others, with a QR code
            (extra `qr`).
        port: The port to listen on; 0 takes a free one.
        runs: The folder with the finished runs that the page offers, and in which it keeps its own.
        kept: The folder for drawings that you label on the page; created with the first.
        open_: Open the page in the browser.
    """
    from numnist.cli.shared.qr import show_code
    from numnist.serve.http.guard import is_loopback
    from numnist.serve.server import address, listen, run
    from numnist.serve.state.context import AppContext
    from numnist.serve.state.models import ModelRegistry

    if not is_loopback(host):
        note("Warning", f"{host} can be reached from other machines: anybody who reaches it can draw, train and keep.")
    context = AppContext(ModelRegistry(model, runs), runs, kept)
    with listen(host, port) as listening:
        url = address(host, listening)
        note("Model", context.models.default)
        result(f"Page      {url}")
        if not is_loopback(host):
            show_code(url)
        note("Stop", "with Ctrl-C")
        if open_:
            import webbrowser

            webbrowser.open(url)
        run(context, host, listening)
