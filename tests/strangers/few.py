"""A few files from strangers, in a process of its own that may be forked: python -m tests.strangers.few COUNT SEED.

Prints the faults as JSON: of so many mutants of each kind, of a few of their beginnings, and of what was made by hand
and is made quickly.
"""

from __future__ import annotations

import json
import random
import sys

from tests.strangers.by_hand import all_made
from tests.strangers.kinds import KINDS
from tests.strangers.trial import Place, load_readers, opened_once

CUTS = 8  # of each small file


def faults(count: int, seed: int) -> list[str]:
    load_readers()
    found = []
    for kind in KINDS:
        if not kind.there:
            continue
        draws = random.Random(f"{kind.name} {seed}")
        with Place(kind) as place:
            files = [kind.change(place.base, draws, place.base) for _ in range(count)]
            files += [place.base[: draws.randrange(len(place.base))] for _ in range(CUTS)]
            found += [f"{kind.name}: {end.outcome}: {end.said}" for end in place.ends(files) if end.fault]
    for each in all_made():
        if each.quick:
            end = opened_once(each)
            if end.outcome != ("other" if each.read else "refused"):
                found.append(f"{each.name}: {end.outcome}: {end.said}")
    return found


if __name__ == "__main__":
    print(json.dumps(faults(int(sys.argv[1]), int(sys.argv[2]))))
