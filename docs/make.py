"""Build the documentation site: python docs/make.py [OUT]

Needs the dependency group `docs` (pip install --group docs).  The site is in build/site unless OUT says otherwise,
opens from disk (OUT/index.html), and asks no other host for anything.  Whatever Sphinx warns of is an error.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS)]  # the library of this checkout, and website/


def build(out: Path) -> int:
    """Write the site into a folder, and return Sphinx's exit code."""
    from sphinx.cmd.build import build_main

    from website.access import mend
    from website.stage import stage

    with TemporaryDirectory() as folder:
        source, cache = Path(folder, "docs"), Path(folder, "cache")
        stage(DOCS.parent, source)
        options = ["-W", "--keep-going", "-q", "-E", "-b", "html", "-c", str(DOCS / "website"), "-d", str(cache)]
        code = build_main([*options, "-D", f"html_extra_path={source / 'extra'}", str(source), str(out)])
    mend(out)
    return code


def main() -> int:
    """Build the site where the command line says, and tell where it is."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else DOCS.parent / "build" / "site").resolve()
    code = build(out)
    if code == 0:
        print(f"The site is built: {(out / 'index.html').as_uri()}")
    return code


if __name__ == "__main__":
    sys.exit(main())
