"""The report: one HTML file with a run's result, its mistakes, its network and how to repeat it.

The file is complete: it needs no network, no fonts and no other file.  Its style and script are page.css and page.js.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from importlib import resources
from pathlib import Path

from numnist.data.dataset import Dataset
from numnist.evaluation.metrics import Evaluation
from numnist.report.figures.theme import DARK, LIGHT, Theme
from numnist.report.page.contents import Contents, read_contents
from numnist.report.page.markup import Markup, Section, tag
from numnist.report.page.sections.evaluation import evaluation_sections
from numnist.report.page.sections.network import activations, examples, filters, layers, times
from numnist.report.page.sections.rate import rate
from numnist.report.page.sections.run import curves, footer, header, record, repeat, result
from numnist.support.files import write_atomically

NAME = "report.html"


def write_report(folder: Path, data: Dataset, threads: int | None = None, evaluation: Evaluation | None = None) -> Path:
    """Write the report of the run in this folder and return its path.

    evaluation: on the test pictures, if you have it already.  Raises what `read_contents` raises.
    """
    path = folder / NAME
    write_atomically(path, page(read_contents(folder, data, threads, evaluation)).encode(errors="replace"))
    return path


def sections(contents: Contents) -> list[Section]:
    """The sections of this run's report in order."""
    found = [result(contents), repeat(contents), curves(contents), rate(contents), *evaluation_sections(contents)]
    found += [layers(contents), filters(contents), activations(contents), times(contents)]
    return [section for section in [*found, examples(contents), record(contents)] if section.content]


def page(contents: Contents) -> str:
    """The whole file."""
    return document(
        f"{contents.folder.name}: numnist report", header(contents), sections(contents), footer(contents),
    )  # fmt: skip


def document(
    title: str, header: Markup, sections: Sequence[Section], footer: Markup, style: str = "", script: str = ""
) -> str:
    """A file that needs no other.   style, script: to add to page.css and page.js"""
    script = Markup(_asset("page.js") + script)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(script)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(_asset("page.css") + style + palette())),
    )
    links = tag("ul", *(tag("li", tag("a", s.title, href=f"#{s.id}")) for s in sections))
    body = tag(
        "body",
        tag("a", "Skip to the results", href="#main", class_="skip"),
        header,
        tag("nav", links, aria_label="Sections"),
        tag("main", *map(_section, sections), id="main"),
        footer,
        tag("script", script),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _section(section: Section) -> Markup:
    heading = f"{section.id}-heading"
    return tag(
        "section", tag("h2", section.title, id=heading), *section.content, id=section.id, aria_labelledby=heading
    )


def palette() -> str:
    """The figures' colours as CSS variables: light, and dark if the reader's system or the page's switch is dark."""
    dark = _variables(DARK)
    return (
        f":root{{color-scheme:light;{_variables(LIGHT)}}}\n"
        f"@media screen{{:root[data-theme=dark]{{color-scheme:dark;{dark}}}}}\n"
        "@media screen and (prefers-color-scheme:dark){"
        f":root:not([data-theme=light]){{color-scheme:dark;{dark}}}}}\n"
    )


def _variables(theme: Theme) -> str:
    """The theme's colours, and how its page shows pictures: grey ones as ink on paper, tinted ones bright enough."""
    paper = "--picture-filter:invert(1);--picture-blend:multiply;--tint-filter:none"
    night = "--picture-filter:none;--picture-blend:screen;--tint-filter:brightness(1.45)"
    colours = (f"--{name}:{colour};" for name, colour in theme.variables().items())
    return "".join(colours) + (paper if theme is LIGHT else night)


def _policy(script: str) -> str:
    """The Content-Security-Policy: the page may show its own pictures, run its own script, and load nothing."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def _asset(name: str) -> str:
    return (resources.files("numnist.report.page") / name).read_text("utf-8")
