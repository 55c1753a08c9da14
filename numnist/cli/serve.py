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
    token: Annotated[str | None, Parameter(env_var="NUMNIST_TOKEN")] = None,
    no_token: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Serve a page that classifies what you draw, with every stroke, and an API. Ctrl-C stops it.

    The command prints the address. The page loads nothing from the internet. docs/api.md describes the API.
    Worker processes, one for each core, compute the predictions; they start as they are needed.

    Args:
        model: The initial model: a pretrained one (digits, fashion), a model file or a run folder; digits by default.
        host: The address to listen on. Any other than this machine's own lets others use the page: all who have its
            token, which is part of the address that the command prints, with a QR code (extra `qr`). 0.0.0.0 is all
            addresses that this machine has.
        port: The port to listen on; 0 takes a free one.
        runs: The folder with the finished runs that the page offers, and in which it keeps its own.
        kept: The folder for drawings that you label on the page; created with the first.
        open_: Open the page in the browser.
        token: The token, 16 to 128 letters, digits, - and _, for an address that stays the same; by default it is a
            new random one at each start. $NUMNIST_TOKEN does not show in the list of processes.
        no_token: Let everybody in who reaches the address: behind a proxy that asks for a password itself.
    """
    from numnist.cli.shared.qr import show_code
    from numnist.serve.http.guard import is_loopback
    from numnist.serve.server import address, listen, run
    from numnist.serve.state.context import AppContext
    from numnist.serve.state.models import ModelRegistry

    required = required_token(token, no_token, is_loopback(host))
    context = AppContext(ModelRegistry(model, runs), runs, kept)
    with listen(host, port) as listening:
        url = address(host, listening, required)
        note("Model", context.models.default)
        result(f"Page      {url}")
        if not is_loopback(host):
            show_code(url)
            reached = f"{host} can be reached from other machines"
            if required is None:
                note("Warning", f"{reached}: anybody who reaches it can draw, train and keep.")
            else:
                note("Token", f"{reached}: who has the token in this address can draw, train and keep.")
        note("Stop", "with Ctrl-C")
        if open_:
            import webbrowser

            webbrowser.open(url)
        run(context, host, listening, required)


def required_token(token: str | None, no_token: bool, loopback: bool) -> str | None:
    """The token that requests must carry.  Raises UsageError for one that can be guessed.

    loopback: whether this machine alone reaches the server
    """
    from numnist.serve.http.access import checked_token, new_token

    if no_token:
        return None
    if token is not None:
        return checked_token(token)
    return None if loopback else new_token()
