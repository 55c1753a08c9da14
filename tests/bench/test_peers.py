"""Every installed peer computes the same as numnist on every reference network, with smaller batches."""

from __future__ import annotations

import pytest

from numnist.bench.agreement import LEARNING_RATE, disagreement, sample
from numnist.bench.networks import REFERENCES
from numnist.bench.peers import CONTENDERS, OURS
from numnist.bench.process import Process
from tests.bench.made_up import work


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, each in CONTENDERS.items() if name != OURS and not each.keeps_pages])
def test_a_peer_agrees_with_numnist(name, tmp_path):
    contender = CONTENDERS[name]
    if contender.missing():
        pytest.skip(f"{name}: {contender.missing()} is not installed (pip install '.[bench]')")
    # torch.compile takes up to half a minute for a network: one with every kind of layer is enough.
    networks = ["lenet-bn"] if contender.peer == "pytorch-compiled" else list(REFERENCES)
    unable = {network: contender.backend.unsupported(REFERENCES[network].network) for network in networks}
    if all(unable.values()):
        pytest.skip(f"{name}: {unable[networks[0]]}")
    with Process(OURS, 1) as ours, Process(name, 1) as theirs:
        for network in networks:
            if unable[network]:
                continue
            w = work(tmp_path, network, learning_rate=LEARNING_RATE, whole_batch=True)
            assert disagreement(sample(theirs, w, contender.backend.trains), sample(ours, w, True)) == "", network
