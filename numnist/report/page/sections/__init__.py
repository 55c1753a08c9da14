"""Sections: the parts of a report's page, each a function of the contents."""

from __future__ import annotations

from numnist.report.page.contents import Contents
from numnist.report.page.sections.data import examples
from numnist.report.page.sections.elements import Section
from numnist.report.page.sections.evaluation import calibration, classes, matrix, mistakes
from numnist.report.page.sections.network import activations, filters, layers, times
from numnist.report.page.sections.run import again, curves, record, result


def all_of(contents: Contents) -> list[Section]:
    """The sections that this run has something for, in order."""
    shown = [result(contents), again(contents), curves(contents)]
    if contents.judged is not None and contents.calibration is not None:
        shown += [matrix(contents, contents.judged), mistakes(contents, contents.judged)]
        shown += [classes(contents, contents.judged), calibration(contents, contents.calibration)]
    shown += [layers(contents), filters(contents), activations(contents), times(contents)]
    return [section for section in [*shown, examples(contents), record(contents)] if section.content]
