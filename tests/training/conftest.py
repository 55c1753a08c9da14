"""For tests of ranks: even the smallest training is cut between processes, which all take part from the first step."""

from __future__ import annotations

import pytest

from numnist.training.parallel import worth
from numnist.training.parallel.ranks import Ranks


@pytest.fixture
def ranks(monkeypatch):
    """Let `threads` be the number of ranks.  Returns a list that gets that number at every command."""
    monkeypatch.setattr(worth, "SHORT_STEP", 0)
    monkeypatch.setattr(worth, "SHORT_TRAINING", 0)
    join, run, counts = Ranks.join, Ranks.run, []

    def counted(self, command):
        counts.append(1 + len(self.others))
        run(self, command)

    monkeypatch.setattr(Ranks, "join", lambda self: join(self, wait=True))
    monkeypatch.setattr(Ranks, "run", counted)
    return counts
