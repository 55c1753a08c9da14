"""Peers: every one that is installed does numnist's work on every reference network, if on smaller batches."""

from __future__ import annotations

import pytest

from numnist.bench.agreement import LEARNING_RATE, disagreement, sample
from numnist.bench.networks import REFERENCES
from numnist.bench.process import Process
from numnist.bench.side import KINDS, OURS
from tests.bench.made_up import work


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if name != OURS and not kind.keeps_pages])
def test_a_peer_agrees_with_numnist(name, tmp_path):
    kind = KINDS[name]
    if kind.missing():
        pytest.skip(f"{name}: {kind.missing()} is not installed (pip install numnist[bench])")
    with Process(OURS, 1) as ours, Process(name, 1) as theirs:
        for network, reference in REFERENCES.items():
            if kind.side.unable(reference.network):
                continue
            w = work(tmp_path, network, learning_rate=LEARNING_RATE, whole_batch=True)
            assert disagreement(sample(theirs, w, kind.side.trains), sample(ours, w, True)) == "", network
