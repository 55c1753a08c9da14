"""Parameters: one vector in a known order, a function of seed and names, and a hash that sees every bit."""

from __future__ import annotations

import numpy as np

from numnist import Dense, Flatten, Model, ReLU, Sequential
from tests.small import CONV, MLP, dataset


def test_the_vector_holds_decayed_then_trained_then_running_numbers():
    model = Model(CONV, dataset())
    order = sorted(model.parameters.slices, key=lambda name: model.parameters.slices[name][0].start)
    kinds = [{"w": "decayed", "b": "trained", "mean": "running", "var": "running"}[n.rpartition(".")[2]] for n in order]
    norms = {"1", "3.0.1"}  # a norm's w is a scale, which is not decayed
    kinds = ["trained" if n.rpartition(".")[0] in norms and k == "decayed" else k for n, k in zip(order, kinds)]
    assert kinds == sorted(kinds, key=["decayed", "trained", "running"].index)
    sizes = {kind: sum(model.parameters.arrays()[n].size for n, k in zip(order, kinds) if k == kind) for kind in kinds}
    assert model.parameters.decayed == sizes["decayed"]
    assert model.parameters.trained == sizes["decayed"] + sizes["trained"]
    assert model.theta.size == model.plan.size == sum(sizes.values())


def test_every_number_of_the_vector_belongs_to_exactly_one_parameter():
    model = Model(CONV, dataset())
    covered = sorted(i for part, _ in model.parameters.slices.values() for i in range(part.start, part.stop))
    assert covered == list(range(model.theta.size))


def test_the_layers_views_are_the_vector_itself():
    model = Model(CONV, dataset())
    model.theta[...] = np.arange(model.theta.size)
    arrays = model.parameters.arrays()
    inside = {"0.w": model.p[0].w, "1.var": model.p[1].var, "3.0.1.b": model.p[3][0][1].b, "10.b": model.p[10].b}
    for name, view in inside.items():
        part, shape = model.parameters.slices[name]
        assert np.array_equal(view, np.arange(part.start, part.stop).reshape(shape))
        assert np.shares_memory(view, model.theta)
        assert np.shares_memory(view, arrays[name])


def test_the_same_seed_gives_the_same_weights_and_another_one_others():
    first, again, other = (Model(CONV, dataset(), seed=seed) for seed in (1, 1, 2))
    assert first.weights_sha256 == again.weights_sha256 != other.weights_sha256


def test_a_weight_depends_on_its_name_and_not_on_what_stands_around_it():
    third = Model(Sequential(Flatten(), ReLU(), Dense(4)), dataset())
    after_another = Model(Sequential(Flatten(), Dense(64), Dense(4)), dataset())
    earlier = Model(Sequential(Flatten(), Dense(4)), dataset())
    assert third.p[2].w.tobytes() == after_another.p[2].w.tobytes() != earlier.p[1].w.tobytes()


def test_no_seed_leaves_all_weights_0():
    assert not Model(CONV, dataset(), seed=None).theta.any()


def test_every_weight_array_starts_with_different_numbers():
    for name, array in Model(MLP, dataset()).parameters.arrays().items():
        assert (len(np.unique(array)) == array.size) == name.endswith("w")


def test_the_hash_sees_every_bit():
    model = Model(MLP, dataset())
    before = model.weights_sha256
    model.theta[-1] = np.nextafter(model.theta[-1], np.float32(1))
    assert model.weights_sha256 != before


def test_the_hash_tells_float32_from_float64():
    assert (
        Model(MLP, dataset(), seed=None).weights_sha256
        != Model(MLP, dataset(), seed=None, dtype=np.float64).weights_sha256
    )
