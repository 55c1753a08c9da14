"""`python -m numnist` is `numnist`."""

import sys

from numnist.cli import main

if __name__ == "__main__":
    sys.exit(main())
