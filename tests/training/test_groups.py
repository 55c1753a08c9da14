"""Groups: the same bits in any number of processes that share no memory, and an end that all of them reach."""

from __future__ import annotations

import numpy as np
import pytest

from numnist import SGD, Dense, Dropout, Flatten, Model, NotFiniteError, ReLU, Sequential, Settings, UsageError, train
from numnist.optim.optimizers import OPTIMIZERS
from numnist.training import memory
from numnist.training.events import Finished, Step
from numnist.training.lane import Lanes
from numnist.training.parallel.division import Division
from numnist.training.state import State
from numnist.training.tree import subtrees, tree_sum
from numnist.training.update import Update
from tests.small import CONV, MLP, dataset, everything
from tests.training.threads import together


def trained(size, network, threads=1, **values):
    """The models of all processes of a group, trained together, and the bytes that each has sent."""

    def work(group):
        data = dataset()
        model = Model(network, data)
        *_, last = train(model, data, Settings(**everything(**values)), threads=threads, group=group)
        assert isinstance(last, Finished)
        return model, group.sent, last.state

    return together(size, work)


def alone(network, **values):
    data = dataset()
    model = Model(network, data)
    *_, last = train(model, data, Settings(**everything(**values)), threads=1)
    return model, last.state


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
@pytest.mark.parametrize("lanes", [1, 5, 8])
@pytest.mark.parametrize("size", [2, 3, 4])
def test_the_number_of_processes_changes_no_bit(size, lanes, network, monkeypatch):
    """With batch norm, dropout, augmentation, averaging, clipping and L2."""
    monkeypatch.setattr(memory, "CHUNK", 97)  # many chunks, so that all processes have some
    expected, state = alone(network, lanes=lanes)
    for model, _, own in trained(size, network, lanes=lanes):
        assert model.weights_sha256 == expected.weights_sha256
        for name, vector in state.vectors().items():
            assert vector.tobytes() == own.vectors()[name].tobytes(), name


def test_more_processes_than_chunks_and_lanes():
    expected, _ = alone(MLP, lanes=2)
    assert {model.weights_sha256 for model, _, _ in trained(4, MLP, lanes=2)} == {expected.weights_sha256}


@pytest.mark.parametrize("optimizer", [kind(0.02) for kind in OPTIMIZERS.values()], ids=list(OPTIMIZERS))
def test_every_optimizer(optimizer):
    expected, _ = alone(MLP, optimizer=optimizer, lanes=4)
    assert {m.weights_sha256 for m, _, _ in trained(2, MLP, optimizer=optimizer, lanes=4)} == {expected.weights_sha256}


@pytest.mark.slow
def test_two_processes_of_two_ranks_each(ranks):
    expected, _ = alone(CONV, lanes=8)
    assert {m.weights_sha256 for m, _, _ in trained(2, CONV, threads=2, lanes=8)} == {expected.weights_sha256}
    assert set(ranks) == {1, 2}


@pytest.mark.parametrize("size", [2, 4])
def test_what_is_sent_is_twice_the_vector(size, monkeypatch):
    """All but a process's own slice: of its gradient to the others, and its slice of the weights to each of them."""
    monkeypatch.setattr(memory, "CHUNK", 97)
    network = Sequential(Flatten(), Dense(200), ReLU(), Dense(4))
    found = trained(size, network, lanes=8, optimizer=SGD(0.1), average=None, clip_norm=None)
    vectors = sum(sent / state.step / model.theta.nbytes for model, sent, state in found)
    assert vectors / size == pytest.approx(2 * (size - 1) / size, rel=0.02)  # losses and the like are the rest


def test_all_stop_after_the_same_step_and_another_number_goes_on():
    expected, _ = alone(CONV, lanes=4, epochs=3)
    data, settings = dataset(), Settings(**everything(lanes=4, epochs=3))

    def until(stop, group, model, state):
        events = []
        for event in train(model, data, settings, threads=1, state=state, group=group):
            events.append(event)
            if group.position == 1 and state.step == stop:  # one is asked to stop, and all do
                group.stop()
        assert not any(isinstance(event, Finished) for event in events)
        return model, state

    def fresh(group):
        model = Model(CONV, data)
        return until(3, group, model, State.fresh(model, settings))

    (model, state), *others = together(3, fresh)
    assert {other.step for _, other in others} == {state.step} == {4}
    for _, other in others:
        for name, vector in state.vectors().items():
            assert vector.tobytes() == other.vectors()[name].tobytes(), name
    list(train(model, data, settings, threads=1, state=state))
    assert model.weights_sha256 == expected.weights_sha256


def test_an_error_in_one_process_is_raised_in_all(monkeypatch):
    run_lane = Lanes._run_lane

    def failing(self, lane, total):
        if self.job.position == 1:
            raise ZeroDivisionError("planted")
        run_lane(self, lane, total)

    monkeypatch.setattr(Lanes, "_run_lane", failing)

    def work(group):
        data = dataset()
        with pytest.raises(ZeroDivisionError, match="planted"):
            list(train(Model(MLP, data), data, Settings(**everything(lanes=4)), threads=1, group=group))
        return True

    assert all(together(2, work))


def test_weights_that_are_not_finite_in_one_slice_end_all(monkeypatch):
    monkeypatch.setattr(memory, "CHUNK", 97)
    optimize = Update._optimize

    def spoilt(self, k, g, step, rate):
        if step == 1 and 0 not in self.own:
            self.theta[self.chunks[k][0]] = np.inf
        return optimize(self, k, g, step, rate)

    monkeypatch.setattr(Update, "_optimize", spoilt)

    def work(group):
        data = dataset()
        with pytest.raises(NotFiniteError, match=r"step 1: parameter .* is not finite after the step") as caught:
            list(train(Model(MLP, data), data, Settings(**everything(lanes=4)), threads=1, group=group))
        return str(caught.value)

    assert len(set(together(3, work))) == 1


@pytest.mark.parametrize("what", ["data set", "setting seed", "weights", "network"])
def test_processes_that_would_train_something_else_are_refused(what):
    def work(group):
        other = what if group.position else ""
        data = dataset(90 if other == "data set" else 100)
        settings = Settings(seed=7 if other == "setting seed" else 0)
        model = Model(Sequential(*MLP.layers[:2], Dropout(0.1), MLP.layers[-1]) if other == "network" else MLP, data)
        if other == "weights":
            model.theta[0] += 1
        with pytest.raises(UsageError, match=f"process 1 of the group, on .*, has another {what}"):
            list(train(model, data, settings, threads=1, group=group))

    together(2, work)


def test_steps_are_the_same_events_everywhere():
    def work(group):
        data = dataset()
        events = train(Model(MLP, data), data, Settings(**everything(lanes=4)), threads=1, group=group)
        return [(e.loss, e.accuracy) for e in events if isinstance(e, Step)]

    first, second = together(2, work)
    assert first == second


@pytest.mark.parametrize("count", range(1, 20))
@pytest.mark.parametrize("processes", [1, 2, 3, 4, 7])
def test_sums_of_parts_of_the_tree_are_the_sum_along_the_tree(count, processes):
    rows = np.random.default_rng(count).standard_normal((count, 3)).astype(np.float32)
    division = Division.of([1] * processes, count, count)
    done = {each for position in range(processes) for each in division.sums(position)}
    covered = sorted(i for a, b in done for i in range(a, b))
    assert covered == ([] if processes == 1 else list(range(count)))
    parts = rows.copy()
    for a, b in done:
        parts[a] = tree_sum(rows[a:b].copy())
        parts[a + 1 : b] = np.nan
    assert tree_sum(parts, done).tobytes() == tree_sum(rows.copy()).tobytes()


def test_subtrees():
    assert subtrees(0, 6, 0, 6) == [(0, 6)]
    assert subtrees(1, 6, 0, 6) == [(1, 2), (2, 4), (4, 6)]
    assert subtrees(3, 5, 0, 6) == [(3, 4), (4, 5)]


def test_cores_decide_how_much_a_process_does():
    assert Division.of([1, 3], 16, 40) == Division((0, 4, 16), (0, 10, 40))
