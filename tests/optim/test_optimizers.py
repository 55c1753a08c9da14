"""Optimizers: what each promises, beyond agreeing with PyTorch (tests/parity) and printed answers."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest
import tomli_w

from numnist.model.model import Model
from numnist.nn import BatchNorm, Conv2d, Dense, Flatten, Sequential
from numnist.optim.optimizers import OPTIMIZERS, SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp
from numnist.support.errors import UsageError
from numnist.support.serialisation import from_dict, to_dict

TYPES = [np.float32, np.float64]


def walk(optimizer, theta, gradients, cut=None):
    """Many updates, the vector cut into pieces of `cut` numbers (None: whole); returns theta and the slots."""
    theta = theta.copy()
    slots = {name: np.zeros_like(theta) for name in optimizer.slots}
    pieces = [slice(at, at + (cut or len(theta))) for at in range(0, len(theta), cut or len(theta))]
    for step, gradient in enumerate(gradients):
        for piece in pieces:
            part = {name: slot[piece] for name, slot in slots.items()}
            optimizer.update(theta[piece], gradient[piece], part, optimizer.learning_rate, step + 1)
    return theta, slots


def noise(steps, n, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(n).astype(dtype), rng.standard_normal((steps, n)).astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_any_cutting_gives_the_same_bits(name, dtype):
    optimizer = OPTIMIZERS[name](0.01)
    theta, gradients = noise(8, 1003, dtype)
    whole, slots = walk(optimizer, theta, gradients)
    for cut in (1, 7, 64, 1000):
        cut_theta, cut_slots = walk(optimizer, theta, gradients, cut)
        assert np.array_equal(cut_theta, whole)
        assert all(np.array_equal(cut_slots[slot], slots[slot]) for slot in slots)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_update_is_in_place_in_the_vectors_type_and_spares_the_gradient(name, dtype):
    optimizer = OPTIMIZERS[name]()
    theta, (gradient,) = noise(1, 9, dtype)
    before, same = gradient.copy(), theta
    slots = {slot: np.zeros(9, dtype) for slot in optimizer.slots}
    gradient.flags.writeable = False
    # NumPy's own scalars as rate must not make float32 float64
    optimizer.update(theta, gradient, slots, float(np.float64(0.01)), 1)
    assert theta is same
    assert theta.dtype == dtype
    assert all(slot.dtype == dtype for slot in slots.values())
    assert np.array_equal(gradient, before)
    assert not np.array_equal(theta, noise(1, 9, dtype)[0])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_first_step_goes_downhill_and_no_gradient_moves_nothing(name):
    optimizer = OPTIMIZERS[name](0.01)
    theta, (gradient,) = noise(1, 50)
    gradient[::2] = 0
    moved = walk(optimizer, theta, [gradient])[0] - theta
    assert np.array_equal(np.sign(moved), -np.sign(gradient))


@pytest.mark.parametrize("optimizer", [Adam(0.003), AdamW(0.003), Adam(0.003, beta1=0.5, beta2=0.9)])
@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(optimizer, size):
    """Multiplying by the bias correction instead of dividing would make it ten times too long or short."""
    theta, (gradient,) = noise(1, 50)
    gradient = np.sign(gradient) * size
    moved = walk(optimizer, theta, [gradient])[0] - theta
    # 1e-3: eps of 1e-8 is 1e-4 of the smallest gradient
    np.testing.assert_allclose(np.abs(moved), 0.003, rtol=1e-3)


def test_adam_of_a_constant_gradient_keeps_that_size():
    theta, (gradient,) = noise(1, 20)
    after = walk(Adam(0.003), theta, [gradient] * 50)[0]
    np.testing.assert_allclose(np.abs(after - theta), 50 * 0.003, rtol=1e-5)  # eps against gradients of 0.01


@pytest.mark.parametrize(
    ("optimizer", "eps", "root"),
    [(Adam(), 1e-8, 1.0), (AdamW(), 1e-8, 1.0), (RMSProp(), 1e-8, 0.1**0.5), (AdaGrad(), 1e-10, 1.0)],
    ids=lambda value: type(value).__name__ if isinstance(value, Optimizer) else "",
)
def test_eps_is_the_papers_and_stands_outside_of_the_root(optimizer, eps, root):
    """Seen by gradients as small as it is.   root: √s of a gradient of 1 in the first step, bias correction included"""
    for size in (0.3 * eps, eps, 5 * eps):
        moved = -walk(optimizer, np.zeros(1), np.full((1, 1), size))[0][0]
        assert moved == pytest.approx(optimizer.learning_rate * size / (root * size + eps), rel=1e-9)


@pytest.mark.parametrize("optimizer", [Adam(), AdamW()], ids=repr)
def test_adams_eps_stays_the_same_part_of_a_step(optimizer):
    """Of a constant gradient the corrected moments are the gradient and its square, at every step."""
    gradient = np.full((5, 1), 1e-8)
    path = [walk(optimizer, np.zeros(1), gradient[:steps])[0][0] for steps in range(6)]
    # 1e-6: decay of weights that have moved so little, and rounding
    np.testing.assert_allclose(np.diff(path), -optimizer.learning_rate / 2, rtol=1e-6 + 5 * optimizer.learning_rate**2)


def test_momentum_of_a_constant_gradient_grows_to_ten_times_the_step():
    theta = np.zeros(1)
    _, slots = walk(Momentum(0.1), theta, np.ones((200, 1)))
    assert slots["v"][0] == pytest.approx(-0.1 / (1 - 0.9), rel=1e-8)  # 0.9²⁰⁰ = 7e-10 is missing


def test_momentum_0_is_plain_descent():
    theta, gradients = noise(10, 20)
    plain = walk(SGD(0.1), theta, gradients)[0]
    # float64: one more rounding a step
    for optimizer in (Momentum(0.1, momentum=0), Nesterov(0.1, momentum=0)):
        np.testing.assert_allclose(walk(optimizer, theta, gradients)[0], plain, rtol=1e-14)


def test_nesterov_looks_one_step_ahead():
    """Its own words: the gradient is taken where momentum is about to lead (here for a bowl f = θ²/2)."""
    rate, mu, theta, slots = 0.1, 0.9, np.array([1.0]), {"v": np.zeros(1)}
    position, velocity = 1.0, 0.0
    for step in range(20):
        Nesterov(rate).update(theta, theta.copy(), slots, rate, step + 1)
        velocity = mu * velocity - rate * (position + mu * velocity)
        position += velocity
        # numnist keeps the place one look ahead; float64 rounds numbers around 1 by 1e-16 a step
        assert theta[0] == pytest.approx(position + mu * velocity, abs=1e-14)


def test_adagrad_slows_down_where_gradients_were_large():
    theta = np.zeros(1)
    after = [walk(AdaGrad(0.1), theta, np.ones((steps, 1)))[0][0] for steps in (1, 4)]
    # 1e-6: what eps of 1e-10 changes, and rounding
    assert after[0] == pytest.approx(-0.1)
    assert after[1] == pytest.approx(-0.1 * sum(1 / np.sqrt(n) for n in (1, 2, 3, 4)))


def test_rmsprop_forgets_where_adagrad_does_not():
    gradients = np.concatenate([np.full((1, 1), 100.0), np.full((3000, 1), 0.1)])
    moved = [abs(walk(optimizer, np.zeros(1), gradients)[0][0]) for optimizer in (RMSProp(0.01), AdaGrad(0.01))]
    assert moved[0] > 10 * moved[1]


@pytest.mark.parametrize("optimizer", [SGD(0.1), Momentum(0.02), Nesterov(0.02), RMSProp(0.01), Adam(0.05), AdaGrad(1)])
def test_finds_the_bottom_of_a_valley(optimizer):
    steep = np.array([1.0, 10.0])
    theta, slots = np.array([2.0, -1.0]), {name: np.zeros(2) for name in optimizer.slots}
    for step in range(400):
        optimizer.update(theta, steep * theta, slots, optimizer.learning_rate, step + 1)
    assert np.abs(theta).max() < 0.02  # RMSProp ends in steps of about its learning rate


def test_rate_given_is_the_rate_taken():
    """Schedules pass their own rate, which the field does not override."""
    for name, make in OPTIMIZERS.items():
        theta, (gradient,) = noise(1, 9)
        after = []
        for optimizer in (make(0.5), make(0.001)):
            copy = theta.copy()
            optimizer.update(copy, gradient, {slot: np.zeros(9) for slot in optimizer.slots}, 0.02, 1)
            after.append(copy)
        assert np.array_equal(*after), name


def test_decoupled_decay_is_not_l2():
    """Under Adam, L2 is divided by the gradient's size and decoupled decay is not (arxiv.org/abs/1711.05101)."""
    theta, slots = np.array([10.0, 10.0]), {"m": np.zeros(2), "v": np.zeros(2)}
    gradient = np.array([1e-3, 1e3])
    with_l2 = theta.copy()
    Adam(0.01).update(with_l2, gradient + 0.1 * theta, slots, 0.01, 1)
    lost = theta - with_l2
    assert lost[0] == pytest.approx(lost[1], rel=1e-4)  # the step is the learning rate, whatever decays
    assert AdamW().weight_decay == 0.01
    assert Adam().weight_decay == 0


def test_what_decays_are_weights_alone():
    """As the model orders its vector: weights first, then biases and norms, then running statistics."""
    model = Model(Sequential(Conv2d(2, 3), BatchNorm(), Flatten(), Dense(4)), (1, 5, 5))
    decayed = {name for name, (part, _) in model.parameters.slices.items() if part.stop <= model.parameters.decayed}
    running = {name for name, (part, _) in model.parameters.slices.items() if part.start >= model.parameters.trained}
    assert decayed == {"0.w", "3.w"}
    assert running == {"1.mean", "1.var"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_specification_survives_files(name):
    for optimizer in (OPTIMIZERS[name](), OPTIMIZERS[name](0.5, weight_decay=0.25)):
        data = to_dict(optimizer)
        for found in (data, json.loads(json.dumps(data)), tomllib.loads(tomli_w.dumps(data))):
            assert from_dict(found, OPTIMIZERS) == optimizer
    assert repr(OPTIMIZERS[name](learning_rate=0.5)) == f"{name}(learning_rate=0.5)"


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(-1),
        lambda: SGD("fast"),
        lambda: SGD(float("nan")),
        lambda: SGD(float("inf")),
        lambda: SGD(0.1, weight_decay=-0.1),
        lambda: Momentum(momentum=1.5),
        lambda: RMSProp(decay=1),
        lambda: RMSProp(eps="tiny"),
        lambda: AdaGrad(eps=-1),
        lambda: Adam(beta1=1),
        lambda: Adam(beta2=1.0),
        lambda: Adam(beta2=-0.1),
        lambda: AdamW(eps=None),
    ],
)
def test_field_that_makes_no_sense_is_refused(make):
    with pytest.raises(UsageError, match="must be"):
        make()


def test_every_slot_is_used_and_none_is_missing():
    for name, make in OPTIMIZERS.items():
        assert issubclass(make, Optimizer)
        theta, gradients = noise(2, 5)
        _, slots = walk(make(0.01), theta, gradients)
        assert all(slot.any() for slot in slots.values()), name
