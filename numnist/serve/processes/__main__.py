"""A worker process: computes what the server asks for, one call after the other, until the server closes the pipe.

Started as `python -P -m numnist.serve.processes` by worker.py, which describes the messages.
"""

from __future__ import annotations

import os
import pickle
import traceback
from typing import IO, Any

import numnist.data.formats.image  # imported now, as the model's modules, and not by the first requests
import numnist.model.model  # noqa: F401
from numnist.serve.http.errors import ApiError
from numnist.serve.processes.ready import READY
from numnist.support.blas import one_blas_thread
from numnist.support.errors import NumnistError
from numnist.support.frames import frame, read_frame


def main() -> None:
    calls, answers = _pipes()
    shared: dict[int, Any] = {}
    with one_blas_thread().held():  # as in the server's own threads, so that the results are the same to the bit
        content = READY
        try:
            while True:
                answers.write(frame(content))
                answers.flush()
                content = answer(read_frame(calls), shared)
        except (EOFError, BrokenPipeError):  # the server has ended, however it did
            os._exit(0)  # at once: nothing is left to be written


def answer(call: bytes, shared: dict[int, Any]) -> bytes:
    """The answer to a call.   shared: the objects that calls refer to by number; changed as the call says"""
    try:
        function, number, added, dropped, arguments = pickle.loads(call)  # noqa: S301  (from our own process)
    except Exception as error:  # such as a class that only the server's own process has
        return pickle.dumps(("unknown", f"{type(error).__name__}: {error}"))
    shared.update(added)
    for old in dropped:
        del shared[old]
    try:
        return pickle.dumps(("result", function(shared[number], *arguments)))
    except ApiError as error:
        return pickle.dumps(("refused", (error.status, error.code, error.message, error.headers)))
    except NumnistError as error:  # as `on_error` does in the server
        return pickle.dumps(("refused", (400, "refused", str(error), {})))
    except Exception:
        return pickle.dumps(("mistake", traceback.format_exc()))


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output, which nothing else in this process can use from now on.

    What a library prints goes to standard error.
    """
    calls, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    return calls, answers


if __name__ == "__main__":
    main()
