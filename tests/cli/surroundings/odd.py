"""Odd surroundings of a command: locales, folders, streams, clocks, limits of the system, and how Python is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

UNPRIVILEGED = "setpriv --bounding-set=-dac_override,-dac_read_search --"  # root, whom permissions bind
APART = "unshare -m sh -c '{} && exec \"$@\"' sh"  # with mounts of its own


@dataclass(frozen=True)
class Surrounding:
    """One way in which the world around a command is odd.

    environment: variables, None for one that is missing;  options: of Python;  setup: a line of shell that is run in
    the command's folder;  through: a program that starts the command;  streams: redirections;  folder: the working
    folder's name;  refuses: the command may fail, if it says in one line why;  looks: the output looks different, such
    as in other letters, so that only what is meant for programs is compared;  clock: what time.time returns
    """

    name: str
    environment: Mapping[str, str | None] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    setup: str = ""
    through: str = ""
    streams: str = ""
    folder: str | bytes = "here"
    refuses: bool = False
    looks: bool = False
    clock: str = ""


LONG = "a" * 250
CACHELESS = APART.format(f"mkdir -p {Path.home()}/.cache && mount -t tmpfs none {Path.home()}/.cache")
HOMELESS = {"NUMNIST_CACHE": None, "XDG_CACHE_HOME": None}
SURROUNDINGS = (
    Surrounding("locale C", {"LC_ALL": "C"}, looks=True),
    Surrounding("locale POSIX", {"LC_ALL": "POSIX"}, looks=True),
    Surrounding("locale C without UTF-8 mode", {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
                looks=True),
    Surrounding("ASCII output", {"PYTHONIOENCODING": "ascii"}, looks=True),
    Surrounding("locale C.UTF-8", {"LC_ALL": "C.UTF-8"}),
    Surrounding("Turkish", {"LANG": "tr_TR.UTF-8", "LC_ALL": None}),
    Surrounding("a locale that is none", {"LC_ALL": "xx_XX.nothing"}, looks=True),
    Surrounding("no HOME", HOMELESS | {"HOME": None}, through=CACHELESS),
    Surrounding("an empty HOME", HOMELESS | {"HOME": ""}, through=CACHELESS),
    Surrounding("a HOME that is missing", HOMELESS | {"HOME": "/missing/home"}, through=UNPRIVILEGED, refuses=True),
    Surrounding("a read-only HOME", HOMELESS | {"HOME": "home"}, setup="mkdir home; chmod a-w home",
                through=UNPRIVILEGED, refuses=True),
    Surrounding("a file as HOME", HOMELESS | {"HOME": "digits.npz"}, refuses=True),
    Surrounding("a read-only folder", setup="chmod -R a-w .", through=UNPRIVILEGED, refuses=True),
    Surrounding("a folder with spaces", folder="a b  c "),
    Surrounding("a folder with emoji", folder="🦔 données"),
    Surrounding("a folder with a line's end", folder="a\nb"),
    Surrounding("a folder with quotes and brackets", folder="'\"[bold]{x}$(id)`%s&<b>"),
    Surrounding("a folder with 250 letters", folder=LONG),
    Surrounding("a path of 2,000 letters", folder="/".join([LONG] * 8)),
    Surrounding("a folder that is not UTF-8", folder=b"b\xffs", refuses=True),
    Surrounding("a folder that looks like an option", folder="--help"),
    Surrounding("40 columns", {"COLUMNS": "40"}, looks=True),
    Surrounding("1 column", {"COLUMNS": "1"}, looks=True),
    Surrounding("0 columns", {"COLUMNS": "0", "LINES": "0"}, looks=True),
    Surrounding("a dumb terminal", {"TERM": "dumb"}),
    Surrounding("no TERM", {"TERM": None}),
    Surrounding("NO_COLOR", {"NO_COLOR": "1"}),
    Surrounding("colours forced", {"FORCE_COLOR": "1"}, looks=True),
    Surrounding("no stdin", streams="<&-"),
    Surrounding("no stdout", streams=">&-"),
    Surrounding("no stderr", streams="2>&-"),
    Surrounding("no streams", streams="<&- >&- 2>&-"),
    Surrounding("stdout on a full disk", streams=">/dev/full", refuses=True),
    Surrounding("stderr on a full disk", streams="2>/dev/full"),
    # the trap is for the shell, whose code a pipeline has: Ctrl-C, which ends a server, would end it too
    Surrounding("a reader that stops", setup="trap : INT", streams="| head -c 1 >/dev/null", looks=True),
    Surrounding("a clock a day back", clock="now() - 86400 * draws.randint(0, 2)"),
    Surrounding("a clock that jumps by years", clock="now() + 3e8 * draws.uniform(-1, 1)"),
    Surrounding("the year 1970", clock="now() % 1000"),
    Surrounding("the year 2106", clock="4.3e9 + now() % 1000"),
    Surrounding("files of 1969", setup="find . -exec touch -d 1969-12-31 {} +"),
    Surrounding("files of 2106", setup="find . -exec touch -d 2106-03-01 {} +"),
    Surrounding("another time zone", {"TZ": "Pacific/Kiritimati"}),
    Surrounding("a time zone that is none", {"TZ": "Nowhere/Place"}),
    Surrounding("umask 077", setup="umask 077"),
    Surrounding("umask 000", setup="umask 000"),
    Surrounding("32 open files", setup="ulimit -n 32", refuses=True),
    Surrounding("16 open files", setup="ulimit -n 16", refuses=True),
    Surrounding("2 GB of addresses", setup="ulimit -v 2000000", refuses=True),
    Surrounding("400 MB of addresses", setup="ulimit -v 400000", refuses=True),
    Surrounding("a small stack", setup="ulimit -s 256", refuses=True),
    Surrounding("one core", through="taskset -c 0"),
    Surrounding("no /dev/shm", through=APART.format("mount -t tmpfs -o ro none /dev/shm"), refuses=True),
    Surrounding("no /proc", through=APART.format("mount -t tmpfs none /proc")),
    Surrounding("a TMPDIR that is missing", {"TMPDIR": "/missing/tmp"}),
    Surrounding("python -O", options=("-O",)),
    Surrounding("python -OO", options=("-OO",), looks=True),  # without the sentences that are docstrings
    Surrounding("python -X dev -W error", options=("-X", "dev", "-W", "error")),
    Surrounding("python -I", options=("-P", "-s")),
    Surrounding("python -B", options=("-B",)),
    Surrounding("PYTHONHASHSEED 0", {"PYTHONHASHSEED": "0"}),
    Surrounding("PYTHONHASHSEED 4711", {"PYTHONHASHSEED": "4711"}),
    Surrounding("one BLAS thread", {"OPENBLAS_NUM_THREADS": "1"}),
    Surrounding("Python's warnings as errors by environment", {"PYTHONWARNINGS": "error"}),
    Surrounding("an empty environment", dict.fromkeys(("PATH", "LANG", "TERM", "HOME", "USER", "SHELL", "COLUMNS"))),
)  # fmt: skip
