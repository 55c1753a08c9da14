"""The training loop: its events, which pictures a step sees, when it stops and what the model holds then."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import count, islice
from types import SimpleNamespace

import numpy as np
import pytest

from numnist import (
    SGD,
    Adam,
    DataError,
    Dataset,
    Dense,
    Flatten,
    Model,
    OneCycle,
    Sequential,
    Settings,
    ShapeError,
    Split,
    UsageError,
    evaluate,
    train,
)  # fmt: skip
from numnist.training.events import Epoch, Step
from numnist.training.state import State
from tests.small import CONV, MLP, dataset, everything, trained

LINEAR = Sequential(Flatten(), Dense(2))


def numbered(n):
    """Pictures that carry their own number in their two pixels, with any labels."""
    i = np.arange(n)
    x = np.stack([i // 256, i % 256], axis=1).astype(np.uint8).reshape(n, 1, 1, 2)
    split = Split(x, i % 2)
    return Dataset("numbered", split, split[:0], split[:0], ("even", "odd"))


def batches(n, batch_size, epochs=1, **settings):
    """The numbers of the pictures that each step saw, as training itself asks for them: [epoch][step][picture]."""
    seen, steps = [], [[]]

    def watch(x, rng):
        assert len(x) <= settings.get("shard", 64)
        seen.extend((256 * x[:, 0, 0, 0].astype(int) + x[:, 0, 0, 1]).tolist())
        return x.astype(np.float32) / 255

    data, chosen = numbered(n), {"batch_size": batch_size, "epochs": epochs, "augment": watch} | settings
    for event in train(Model(LINEAR, data), data, Settings(**chosen), threads=1):
        if isinstance(event, Step):
            steps[-1].append(seen.copy())
            seen.clear()
        elif isinstance(event, Epoch):
            steps.append([])
    return steps[:-1]


@pytest.mark.parametrize(
    ("n", "batch_size", "lanes", "shard"),
    [(50, 16, 2, 64), (50, 16, 3, 3), (7, 1, 1, 1), (5, 2, 4, 1), (20, 100, 2, 7), (300, 128, 2, 64), (33, 16, 5, 2)],
)
def test_an_epoch_shows_every_picture_exactly_once(n, batch_size, lanes, shard):
    for epoch in batches(n, batch_size, epochs=2, lanes=lanes, shard=shard):
        assert sorted(i for step in epoch for i in step) == list(range(n))
        assert [len(step) for step in epoch] == [batch_size] * (n // batch_size) + [n % batch_size] * (
            n % batch_size > 0
        )


def test_batches_change_members_between_epochs():
    first, second = ([set(step) for step in epoch] for epoch in batches(200, 20, epochs=2))
    assert not any(step in second for step in first)


def test_batches_are_a_function_of_seed_and_epoch_alone():
    first = batches(50, 16, epochs=3, seed=5)
    assert batches(50, 16, epochs=3, seed=5, lanes=1, shard=3, optimizer=SGD(0.5), l2=0.1) == first
    assert batches(50, 16, epochs=2, seed=5) == first[:2]
    assert batches(50, 16, epochs=3, seed=6) != first


def test_labels_stay_with_their_pictures():
    # a linear network learns only if they do: even and odd numbers differ in nothing but their last pixel
    i = np.arange(64)
    split = Split((255 * (i % 2)).astype(np.uint8).reshape(-1, 1, 1, 1), i % 2)
    data = Dataset("bits", split, split, split, ("even", "odd"))
    assert evaluate(trained(LINEAR, data, epochs=5, batch_size=8, optimizer=Adam(0.1)), data.test).accuracy == 1


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
def test_training_learns(network):
    data = dataset(200)
    model = Model(network, data)
    *events, finished = train(model, data, Settings(Adam(0.01), epochs=8, batch_size=20))
    losses = [event.loss for event in events if isinstance(event, Epoch)]
    assert losses[-1] < 0.3 * losses[0]
    assert finished.state.history[-1]["validation_accuracy"] == 1
    assert evaluate(model, data.test).accuracy == 1


def test_the_events_are_steps_then_their_epoch_and_at_last_finished():
    events = list(train(Model(MLP, dataset()), dataset(), Settings(epochs=2, batch_size=40, schedule=OneCycle())))
    assert [type(event).__name__[0] for event in events] == list("SSSESSSEF")
    steps = [event for event in events if isinstance(event, Step)]
    assert [(e.step, e.steps, e.epoch) for e in steps] == [(k, 6, 1 + (k > 3)) for k in range(1, 7)]
    assert [e.learning_rate for e in steps] == [0.001 * OneCycle()(k, 3, 6) for k in range(6)]
    epochs = [event for event in events if isinstance(event, Epoch)]
    assert [(e.epoch, e.epochs) for e in epochs] == [(1, 2), (2, 2)]
    last = events[-1]
    assert (last.epochs, last.steps, last.stopped_early, last.state.step) == (2, 6, False, 6)


def test_an_epochs_figures_are_the_means_over_its_pictures():
    *steps, epoch, _ = train(Model(MLP, dataset()), dataset(), Settings(batch_size=40))
    sizes = [40, 40, 20]
    # three float64 sums in another order: rounding of 1e-16 each
    assert epoch.loss == pytest.approx(np.average([s.loss for s in steps], weights=sizes), rel=1e-12)
    assert epoch.accuracy == pytest.approx(np.average([s.accuracy for s in steps], weights=sizes), rel=1e-12)


@pytest.mark.parametrize("average", [None, 0.5])
def test_validation_evaluates_the_model_as_it_is_after_the_epoch(average):
    model = Model(MLP, dataset())
    for event in train(model, dataset(), Settings(epochs=2, average=average)):
        if isinstance(event, Epoch):
            found = evaluate(model, dataset().validation)
            assert (event.validation_loss, event.validation_accuracy) == (found.loss, found.accuracy)


def test_an_epochs_record_holds_plain_numbers_and_is_kept_in_the_history():
    *_, epoch, finished = train(Model(MLP, dataset()), dataset())
    assert list(epoch.record()) == ["epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds"]
    assert {type(value) for value in epoch.record().values()} == {int, float}
    assert finished.state.history == [epoch.record()]


def test_without_validation_pictures_its_figures_are_none():
    data = replace(dataset(), validation=dataset().validation[:0])
    *_, epoch, finished = train(Model(MLP, data), data)
    assert (epoch.validation_loss, epoch.validation_accuracy) == (None, None)
    assert (finished.best_epoch, finished.state.best) == (0, None)
    assert "validation" not in str(epoch)


def test_seconds_are_those_of_the_clock_that_is_given():
    ticks = count(100, 10)
    *_, epoch, finished = train(Model(MLP, dataset()), dataset(), Settings(batch_size=50), clock=lambda: next(ticks))
    assert epoch.seconds == finished.seconds == 30  # read at the start, after two steps, after validation


def test_seconds_go_on_after_a_stop():
    model, data = Model(MLP, dataset()), dataset()
    state = State.fresh(model, Settings())
    state.seconds = 1000.0
    events = list(train(model, data, Settings(batch_size=50), state=state, clock=lambda: 0.0))
    assert [event.seconds for event in events[2:]] == [1000, 1000]
    state = State.fresh(model, Settings())
    state.seconds = 1000.0
    next(train(model, data, state=state, clock=lambda: 0.0))
    assert state.seconds == 1000  # in mid-epoch too


def test_a_few_steps_can_be_taken():
    model = Model(MLP, dataset())
    assert [event.step for event in islice(train(model, dataset(), Settings(batch_size=10)), 3)] == [1, 2, 3]


def test_an_error_leaves_no_threads_behind():
    def fail(logits, labels, total=None):
        raise ZeroDivisionError("planted")

    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError, match="planted"):
        list(train(Model(MLP, dataset()), dataset(), Settings(loss=fail), threads=2))
    assert set(threading.enumerate()) == before


def evaluated_as(monkeypatch, accuracies):
    """Let validation find these accuracies, one after the other, and note the model's vector at each."""
    script, vectors = iter(accuracies), []

    def scripted(model, split, **_):
        vectors.append(model.theta.copy())
        return SimpleNamespace(loss=evaluate(model, split).loss, accuracy=next(script))

    monkeypatch.setattr("numnist.training.loop.evaluate", scripted)
    return vectors


@pytest.mark.parametrize("average", [None, 0.9])
@pytest.mark.parametrize(
    ("accuracies", "best", "epochs", "early"),
    [
        ([0.1, 0.5, 0.4, 0.3], 2, 4, True),
        ([0.5, 0.5, 0.5], 1, 3, True),  # the first of equals
        ([0.5, 0.4, 0.6, 0.5, 0.7, 0.7], 5, 6, False),
        ([0.5, 0.4, 0.6, 0.5, 0.6], 3, 5, True),
        ([0.0, 0.0, 0.0], 1, 3, True),
    ],
)
def test_patience_stops_in_time_and_gives_the_best_weights_back(monkeypatch, average, accuracies, best, epochs, early):
    vectors = evaluated_as(monkeypatch, accuracies)
    model = Model(MLP, dataset())
    *_, finished = train(model, dataset(), Settings(epochs=6, patience=2, average=average))
    assert (finished.best_epoch, finished.epochs, finished.stopped_early) == (best, epochs, early)
    assert model.theta.tobytes() == vectors[best - 1].tobytes()


def test_without_patience_the_model_keeps_the_last_weights_and_the_state_knows_the_best(monkeypatch):
    vectors = evaluated_as(monkeypatch, [0.5, 0.7, 0.6])
    model = Model(MLP, dataset())
    *_, finished = train(model, dataset(), Settings(epochs=3))
    assert model.theta.tobytes() == vectors[2].tobytes()
    assert finished.state.best.tobytes() == vectors[1].tobytes()
    assert (finished.best_epoch, finished.epochs) == (2, 3)


@pytest.mark.parametrize("network", [MLP, CONV], ids=["MLP", "with running statistics"])
def test_the_model_holds_the_average_and_the_state_the_weights_themselves(network):
    data = dataset()
    model = Model(network, data, dtype=np.float64)
    expected, weights = model.theta.copy(), []
    for step, event in enumerate(islice(train(model, data, Settings(average=0.8, batch_size=10)), 10)):
        decay = min(0.8, (1 + step) / (10 + step))  # so that the first, poor weights are soon forgotten
        expected = decay * expected + (1 - decay) * event.state.theta
        # float64, another formula: 1e-16 a step, of numbers up to 1
        np.testing.assert_allclose(model.theta, expected, rtol=1e-12, atol=1e-14)
        weights.append(event.state.theta.tobytes())
    assert weights[-1] == trained_weights(network, data).tobytes() != model.theta.tobytes()


def trained_weights(network, data):
    """What training without an average gives after the same steps."""
    model = Model(network, data, dtype=np.float64)
    list(train(model, data, Settings(batch_size=10)))
    return model.theta


def test_the_first_layers_input_is_not_touched():
    data = dataset()  # read-only arrays: writing would raise
    list(train(Model(CONV, data), data, Settings(**everything(epochs=1))))


def test_no_threads_at_all_are_refused():
    with pytest.raises(UsageError, match="threads is 0"):
        next(iter(train(Model(MLP, dataset()), dataset(), threads=0)))


def test_an_optimizer_alone_is_no_settings():
    with pytest.raises(UsageError, match=r"settings is SGD\(\), but must be a Settings"):
        train(Model(MLP, dataset()), dataset(), SGD())


@pytest.mark.parametrize(("before", "after"), [(None, 0.9), (0.9, None)])
def test_a_state_with_an_average_goes_on_with_one_alone(before, after):
    model = Model(MLP, dataset())
    with pytest.raises(UsageError, match=f"average is {after}, but the state was made with"):
        train(model, dataset(), Settings(average=after), state=State.fresh(model, Settings(average=before)))


def test_patience_without_validation_pictures_is_refused():
    data = replace(dataset(), validation=dataset().validation[:0])
    with pytest.raises(UsageError, match="patience needs validation pictures"):
        next(iter(train(Model(MLP, data), data, Settings(patience=1))))


def test_no_pictures_at_all_are_refused():
    data = replace(dataset(), train=dataset().train[:0])
    with pytest.raises(DataError, match="bands has no training pictures"):
        next(iter(train(Model(MLP, data), data)))


def test_pictures_of_another_shape_are_refused():
    with pytest.raises(ShapeError, match=r"expects pictures of shape \(N, 1, 8, 8\)"):
        next(iter(train(Model(MLP, dataset()), dataset(shape=(1, 9, 8)))))
