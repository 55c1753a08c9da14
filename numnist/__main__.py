"""`python -m numnist` is `numnist`.

The program begins here rather than in `numnist.cli`, so that Ctrl-C during the imports is answered too.
"""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command and return its exit code; the entry point of `numnist`."""
    try:
        from numnist.cli import main as command

        return command()
    except KeyboardInterrupt:  # before the command line could answer it; its words and code, without its imports
        sys.stderr.write("interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
