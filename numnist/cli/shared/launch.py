"""What is refused where mpiexec or srun has started several processes of a command that is one process's work.

Each would do all of it, and print it again.  `train` and `resume` share their work, see together.py; `data` and
`doctor` are about each machine, and `predict` and others may be given other words in each process.
"""

from __future__ import annotations

from collections.abc import Sequence

from numnist.support.launched import position, processes

# The commands, and how their work is shared instead
INSTEAD = {
    "evaluate": "it uses all cores of this machine",
    "sweep": "--jobs N trains N at a time on this machine, --on dask://HOST:PORT on a cluster, and a search with one "
    "--storage is shared by all that you start one by one, also by srun --mpi=none",
    "report": "it uses all cores of this machine",
    "lesson": "it uses all cores of this machine",
    "gradcheck": "it is a matter of seconds",
    "bench": "it measures this machine",
    "serve": "it uses all cores of this machine",
}
HELP = ("--help", "-h")


def refusal(words: Sequence[str]) -> str:
    """Why these words of a command line are not for several processes; "" if they are, or if there is only one."""
    command = words[0] if words else ""
    count = processes()
    if command not in INSTEAD or count == 1 or (count is None and not position()) or any(w in HELP for w in words):
        return ""
    return (
        f"{'several' if count is None else count} processes have been started, and each would do all the work of "
        f"numnist {command}: start it without mpiexec or srun; {INSTEAD[command]}."
    )
