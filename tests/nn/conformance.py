"""The laws that every layer obeys.

A law is a function of a Case that raises AssertionError, saying which layer broke it and how.  It may be called for
layers that are not numnist's own: test_planted_layers.py does so with layers that are wrong on purpose.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, fields
from typing import Any

import numpy as np
import tomli_w

from numnist.naive import backward as slow_backward, forward as slow_forward
from numnist.nn import EVAL, INITIALIZERS, LAYERS, Flatten, Mode, ReLU, Residual, Sequential
from numnist.support.rng import keyed_rng
from numnist.support.serialisation import from_dict, to_dict
from tests.nn.bench import Bench, all_same, arrays_in, bench, gradients, same, vector_views
from tests.nn.cases import Case

TABLE = LAYERS | INITIALIZERS
TRAIN = Mode(True, 7, (3, 1), 0.3)  # a part of a batch: a share of 1 would hide where it is forgotten


def parsed(text: str) -> Any:
    """The object that a repr describes, read without eval: calls of names in the table, and plain values."""

    def make(node: ast.expr) -> Any:
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            keywords = {k.arg: make(k.value) for k in node.keywords if k.arg}
            return TABLE[node.func.id](*map(make, node.args), **keywords)
        return ast.literal_eval(node)

    return make(ast.parse(text, mode="eval").body)


def law_shape_is_as_built(case: Case) -> None:
    b = bench(case)
    for mode in (EVAL, TRAIN):
        y, dx, found = gradients(case.layer, b, mode)
        assert y.shape == (*b.plan.out_shape, case.N), f"{case}: y is {y.shape}, build said {b.plan.out_shape}"
        assert dx.shape == b.x.shape, f"{case}: dx is {dx.shape}, x is {b.x.shape}"
        assert all(np.isfinite(a).all() for a in (y, dx, *found.values())), f"{case}: something is not finite"


def law_docstring_shows_shapes(case: Case) -> None:
    lines = [line for c in type(case.layer).__mro__[:2] for line in (c.__doc__ or "").splitlines()]
    assert any(re.search(r"\(.*N\).*->.*\(.*N\)", line) for line in lines) or isinstance(
        case.layer, Residual | Sequential
    ), f"{type(case.layer).__name__}'s docstring has no line such as x: (C, H, W, N) -> y: (C, oh, ow, N)"


def law_inputs_stay_untouched(case: Case) -> None:
    for mode in (EVAL, TRAIN):
        b = bench(case)
        before = [a.copy() for a in (b.x, b.dy, *b.arrays.values())]
        gradients(case.layer, b, mode)
        for old, new in zip(before, (b.x, b.dy, *b.arrays.values())):
            same(new, old, f"{case}: an input")


def law_dtype_is_kept(case: Case) -> None:
    for dtype in (np.float32, np.float64):
        b = bench(case, dtype)
        g, _ = vector_views(b.plan, np.zeros(b.plan.size, dtype))
        for mode in (EVAL, TRAIN):
            y, cache = case.layer.forward(b.p, b.x, mode)
            dx = case.layer.backward(b.p, g, b.dy, cache)
            assert dx is not None
            for what, array in [("y", y), ("dx", dx), *[("the cache", a) for a in arrays_in(cache)]]:
                right = array.dtype == dtype or array.dtype.kind in "bui"  # masks and indices
                assert right, f"{case}: {what} became {array.dtype}, x is {np.dtype(dtype)}"


def law_eval_has_no_randomness(case: Case) -> None:
    b = bench(case)
    first = gradients(case.layer, b, EVAL)
    for mode in (EVAL, Mode(seed=1), Mode(address=(4, 2)), Mode(share=0.5)):
        all_same(gradients(case.layer, b, mode), first, f"{case} outside training")


def law_training_is_a_function_of_the_address(case: Case) -> None:
    b = bench(case)
    first = gradients(case.layer, b, TRAIN)
    gradients(case.layer, b, Mode(True, 8, (0,)))  # another run between the two changes nothing
    all_same(gradients(case.layer, b, TRAIN), first, f"{case} again")


def law_calls_do_not_meet(case: Case) -> None:
    b = bench(case)
    first = gradients(case.layer, b, TRAIN)
    g, found = vector_views(b.plan, np.zeros(b.plan.size))
    y, cache = case.layer.forward(b.p, b.x, TRAIN)
    other = bench(case, N=case.N + 1, whole=True)
    case.layer.forward(other.p, other.x, TRAIN)  # between forward and backward, as another thread might
    all_same((y, case.layer.backward(b.p, g, b.dy, cache), found), first, f"{case} with another call between")
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: gradients(case.layer, b, TRAIN), range(8)):
            all_same(found, first, f"{case} in threads")


def law_backward_writes_and_never_adds(case: Case) -> None:
    b = bench(case)
    poisoned, zeroed = gradients(case.layer, b, TRAIN), gradients(case.layer, b, TRAIN, fill=0.0)
    all_same(poisoned, zeroed, f"{case} with NaN and with 0 where gradients go")
    all_same(gradients(case.layer, b, TRAIN, fill=5.0), zeroed, f"{case} with 5 and with 0 where gradients go")


def law_backward_leaves_the_cache(case: Case) -> None:
    b = bench(case)
    g, arrays = vector_views(b.plan, np.zeros(b.plan.size))
    _, cache = case.layer.forward(b.p, b.x, TRAIN)
    dx = np.array(case.layer.backward(b.p, g, b.dy, cache))
    first = {name: array.copy() for name, array in arrays.items()}
    again = case.layer.backward(b.p, g, b.dy, cache)
    all_same((dx, again, arrays), (dx, dx, first), f"{case} backward twice from one cache")


def law_gradients_do_not_depend_on_want_dx(case: Case) -> None:
    b = bench(case)
    for mode in (EVAL, TRAIN):
        _, _, with_dx = gradients(case.layer, b, mode)
        _, _, without = gradients(case.layer, b, mode, want_dx=False)
        for name in with_dx:
            same(without[name], with_dx[name], f"{case} without dx: the gradient of {name}")


def law_memory_layout_does_not_matter(case: Case) -> None:
    b = bench(case)
    first = gradients(case.layer, b, TRAIN)

    def inside(a: Any) -> Any:  # the same numbers as part of a larger array, as a crop of padding is
        larger = np.full([n + 2 for n in a.shape], np.nan)
        part = larger[tuple(slice(1, n + 1) for n in a.shape)]
        part[...] = a
        return part

    cut = Bench(b.plan, b.p, b.arrays, inside(b.x), inside(b.dy))
    # 1e-13: BLAS and sums may go another way through strided memory
    all_same(gradients(case.layer, cut, TRAIN), first, f"{case} on strided arrays", 1e-13)


def law_samples_do_not_meet_outside_training(case: Case) -> None:
    b = bench(case)
    y, dx, _ = gradients(case.layer, b, EVAL)
    for n in range(case.N):
        one = Bench(b.plan, b.p, b.arrays, b.x[..., n : n + 1], b.dy[..., n : n + 1])
        y1, dx1, _ = gradients(case.layer, one, EVAL)
        same(y1, y[..., n : n + 1], f"{case}: y of one sample alone", 1e-13)  # BLAS may add in another order
        same(dx1, dx[..., n : n + 1], f"{case}: dx of one sample alone", 1e-13)


def law_one_sample_and_none_work(case: Case) -> None:
    for N, modes in ((1, (EVAL, TRAIN)), (0, (EVAL,))):
        for mode in modes:
            b = bench(case, N=N)
            y, dx, found = gradients(case.layer, b, mode)
            assert y.shape == (*b.plan.out_shape, N), f"{case} with {N} samples makes {y.shape}"
            assert dx.shape == b.x.shape, f"{case} with {N} samples: dx is {dx.shape}"
            assert all(np.isfinite(a).all() for a in (y, dx, *found.values())), f"{case} with {N} samples: not finite"


def law_equals_its_slow_twin(case: Case) -> None:
    for whole in (False, True):
        b = bench(case, whole=whole)
        for mode in (EVAL, TRAIN):
            found = gradients(case.layer, b, mode)
            dx, slow = slow_backward(case.layer, b.p, b.x, b.dy, mode)
            expected = (slow_forward(case.layer, b.p, b.x, mode), dx, {name: slow[name] for name in found[2]})
            # 1e-12: the same sums in another order, some 100 terms of 1e-16 each, and room for small variances
            all_same(found, expected, f"{case} and its slow twin", 1e-12)


def law_specification_survives_files(case: Case) -> None:
    data = to_dict(case.layer)
    for found in (data, json.loads(json.dumps(data)), tomllib.loads(tomli_w.dumps(data))):
        again = from_dict(found, TABLE)
        assert again == case.layer, f"{case} came back as {again!r}"
        assert repr(again) == repr(case.layer)
        assert again.build(case.in_shape) == case.layer.build(case.in_shape)


def law_repr_is_source(case: Case) -> None:
    again = parsed(repr(case.layer))
    assert again == case.layer, f"{case}: its repr makes {again!r}"
    assert type(again) is type(case.layer)


def law_equal_layers_are_one(case: Case) -> None:
    again = parsed(repr(case.layer))
    assert hash(again) == hash(case.layer)
    assert {case.layer: "found"}[again] == "found"
    assert all(case.layer != other() for other in (ReLU, Flatten) if type(case.layer) is not other)
    for field in fields(case.layer):
        try:
            setattr(case.layer, field.name, 1)
        except FrozenInstanceError:
            continue
        raise AssertionError(f"{case}: {field.name} can be changed")


def law_weights_are_a_function_of_the_seed(case: Case) -> None:
    def weights(seed: int) -> dict[str, Any]:
        return {
            name: param.initializer(keyed_rng(seed, "weights", name), param.shape, param.fan_in, param.fan_out)
            for name, param in case.layer.build(case.in_shape).walk()
        }

    first, again, other = weights(1), weights(1), weights(2)
    for name, param in case.layer.build(case.in_shape).walk():
        assert first[name].shape == param.shape
        same(first[name], again[name], f"{case}: initial {name}")
        if param.decayed:  # the weights proper, which are random
            assert not np.array_equal(first[name], other[name]), f"{case}: {name} is the same for two seeds"


LAWS = {name: law for name, law in list(globals().items()) if name.startswith("law_")}
