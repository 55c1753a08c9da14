from __future__ import annotations

from numnist.cli.shared.options import Json
from numnist.cli.shared.printing import console, result_json


def explain(name: str | None = None, /, *, json: Json = False) -> int:
    """Explain a layer, loss, optimizer, initializer, schedule and more: formula, source, a worked example with checks.

    The example runs now, on numbers small enough for paper: forward, then backward from a given dy, with one number
    of each written out, and the gradients compared with numerical ones and with plain loops. Exit code 1 if a
    comparison fails.

    Args:
        name: Such as Dense, batch-norm, softmax-cross-entropy, Adam, he-normal, OneCycle, Augment or im2col; without a
            name, all are listed.
    """
    from numnist.explain import explanation_of, index_page, summaries
    from numnist.explain.document import Printer

    if name is None:
        rows = summaries()
        if json:
            result_json([{"kind": kind, "name": name, "formula": formula} for kind, name, formula in rows])
        else:
            Printer(console()).page(index_page())
        return 0
    explanation = explanation_of(name)
    if json:
        result_json(explanation.to_dict())
    else:
        Printer(console()).page(explanation.page())
    return 0 if all(check.ok for check in explanation.checks) else 1
