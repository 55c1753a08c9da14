"""What Sphinx's HTML lacks for screen readers and keyboards, put right in the finished pages."""

from __future__ import annotations

import re
from pathlib import Path

SIGNATURE = re.compile(r'<dt class="sig.*?</dt>', re.DOTALL)
NAMED = {  # elements, and what they lack
    '<p class="caption" role="heading">': 'aria-level="2"',  # a heading of no level is none
    '<aside class="sidebar-drawer">': 'aria-label="All pages"',  # landmarks are told apart by their names
    '<aside class="toc-drawer">': 'aria-label="On this page"',
    '<aside class="toc-drawer no-toc">': 'aria-label="On this page"',
}


def mend(site: Path) -> None:
    """Change every page of a site."""
    for path in site.rglob("*.html"):
        before = path.read_text("utf-8")
        after = mended(before)
        if after != before:
            path.write_text(after, "utf-8")


def mended(page: str) -> str:
    """A page with what it lacked."""
    for element, attribute in NAMED.items():
        page = page.replace(element, f"{element[:-1]} {attribute}>")
    return SIGNATURE.sub(lambda found: without_list(found[0]), page)


def without_list(signature: str) -> str:
    """A signature whose parameters are lines; Sphinx makes them a list of definitions without terms."""
    return re.sub(r"<(/?)d[ld]>", r"<\1div>", signature.replace("<dl>", '<div class="sig-lines">'))
