"""Asking: schemathesis asks every address whatever the schema allows, and checks what is answered."""

from __future__ import annotations

PATIENCE = 60.0  # seconds for a response, on a busy machine, which draws its pictures for the first


def ask_everything(url: str, examples: int) -> set[tuple[str, str]]:
    """Ask so many times at each address of a server; returns what was asked: (path, method).

    Raises an AssertionError for a response that is not in the schema: its status, content type or body; 503, of what is
    still being computed, is in it, 500 is not.  Needs schemathesis.
    """
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.specs.openapi import checks

    wanted = [
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    limits = settings(
        max_examples=examples, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    asked = set()
    for found in schemathesis.openapi.from_url(f"{url}/openapi.json").get_all_operations():
        operation = found.ok()

        @limits
        @given(case=operation.as_strategy())
        def ask(case):
            case.call_and_validate(checks=wanted, timeout=PATIENCE)

        ask()
        asked.add((operation.path, operation.method))
    return asked
