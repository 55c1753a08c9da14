"""The data: its splits, and training pictures of each class."""

from __future__ import annotations

from numnist.report.page.contents import Contents
from numnist.report.page.elements import Section, count, facts, picture
from numnist.report.page.markup import tag
from numnist.report.page.thumbnails import room

EXAMPLES = 12  # of a class at most
ROOM = 150_000  # bytes for all of them


def examples(contents: Contents) -> Section:
    """A row of training pictures for each class."""
    data = contents.data
    C, H, W = data.shape
    splits = f"{len(data.train):,} training, {len(data.validation):,} validation, {len(data.test):,} test"
    about = facts(
        [
            ("Data set", data.name),
            ("Found in", data.source or None),
            ("Pictures", f"{H} × {W}{' in colour' if C == 3 else ''}, {count(len(data.classes), 'class')}"),
            ("Splits", splits),
        ]
    )
    each = min(EXAMPLES, room(data.train.x, ROOM) // len(data.classes))
    rows = [
        tag(
            "li",
            tag("p", tag("b", name), tag("span", f"{n:,}", class_="note")),
            tag("div", *(picture(x, name if k == 0 else "") for k, x in enumerate(pictures)), class_="strip"),
        )
        for name, n, pictures in contents.examples(max(1, each))
    ]
    return Section("data", "Data", (about, tag("ul", *rows, class_="examples")))
