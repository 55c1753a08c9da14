"""The chapters that `numnist explain` prints: formula, quoted source, an example that runs while the site is built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from numnist.explain import explanation_of, summaries
from numnist.explain.document import Arrays, Code, Heading, Lines, Paragraph, Part, Table, Title
from numnist.explain.numbers import beside

INDEX = "explanation/chapters.md"
START = """# Layers and more, explained

Each chapter has the formula, the lines of numnist that compute it, and an example small enough for paper. The example
ran when this site was built, and its gradients were compared with numerical ones and with plain loops. In a terminal
`numnist explain NAME` prints the same.
"""


def chapters() -> dict[str, str]:
    """Every chapter, and their index: the pages by their paths, in Markdown."""
    pages, index, last = {}, [START], ""
    for kind, name, line in summaries():
        if kind != last:
            plural = f"{kind.capitalize()}{'es' if kind.endswith('s') else 's'}"
            index += ["", f"## {plural}", ""]
            last = kind
        index.append(f"- [{name}](chapters/{slug(name)}.md): {plain(line)}")
        pages[f"explanation/chapters/{slug(name)}.md"] = chapter(name)
    paths = [f"chapters/{slug(name)}" for _, name, _ in summaries()]
    index += ["", "```{toctree}", ":hidden:", "", *paths, "```", ""]
    return pages | {INDEX: "\n".join(index)}


def chapter(name: str) -> str:
    """What `numnist explain NAME` prints, in Markdown.   Raises ValueError where one of its checks has failed."""
    explanation = explanation_of(name)
    failed = [str(check) for check in explanation.checks if not check.ok]
    if failed:
        raise ValueError(f"the example of {name} is wrong: {failed}")
    return "\n".join(line for part in explanation.page() for line in [*written(part), ""])


def written(part: Part) -> Iterator[str]:
    """A part of a page in Markdown."""
    match part:
        case Title(text):
            yield f"# {plain(text)}"
        case Heading(text):
            yield f"## {plain(text)}"
        case Paragraph(text):
            yield plain(" ".join(text.split()))
        case Lines(lines):
            yield from ["```{code-block} text", ":class: formula", "", *lines, "```"]
        case Code(quote):
            caption = f"{quote.file}, from line {quote.first}"
            yield from ["```{code-block} python", f":caption: {caption}", f":lineno-start: {quote.first}", ""]
            yield from [*quote.lines, "```"]
        case Arrays(arrays, label):
            yield from ["```text", *([f"{label}:"] if label else []), *beside(arrays, 80), "```"]
        case Table(heads, rows):
            yield from (f"| {' | '.join(map(plain, row))} |" for row in (heads, ["---"] * len(heads), *rows))


def plain(text: str) -> str:
    """Text in which nothing but backticks is markup."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if i % 2 else re.sub(r"([\\*_\[\]<>|$])", r"\\\1", part) for i, part in enumerate(parts))


def slug(name: str) -> str:
    """The name of a chapter's file."""
    return re.sub(r"\W+", "-", name).strip("-").lower()
