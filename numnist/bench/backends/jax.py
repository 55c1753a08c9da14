"""JAX: plain functions; the whole training step is one jitted function that reuses its arguments' memory."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, partial
from math import log
from typing import Any

import numpy as np

from numnist.bench.backends.channels_last import channels_last
from numnist.bench.work import BETA1, BETA2, EPS, Array, BaseBackend, Built, Work, unsupported_layer
from numnist.nn import BatchNorm, Conv2d, Dense, Dropout, Flatten, MaxPool2d, ReLU

Tree = Any  # arrays in lists and dictionaries


class Backend(BaseBackend):
    """Gathers and normalises uint8 pictures within the jitted functions."""

    def __init__(self, work: Work):
        os.environ["JAX_PLATFORMS"] = "cpu"
        import jax
        from jax import numpy as jnp

        layers = work.built()
        weights = channels_last(layers)
        plain = [built._replace(arrays={}) for built in layers]  # `step` would keep a copy of the weights in memory

        def run(p: Tree, pictures: Array, key: Any = None) -> tuple[Array, Tree]:
            return forward(plain, p, pictures.astype(jnp.float32) * work.scale + work.offset, key)

        self.x = jnp.asarray(work.pictures().transpose(0, 2, 3, 1))  # (N, 28, 28, 1)
        self.labels = jnp.asarray(work.labels())
        self.batches = work.batches(len(self.x))
        p = jax.tree.map(jnp.asarray, weights)
        self.state = {
            "p": p, "m": jax.tree.map(jnp.zeros_like, p), "v": jax.tree.map(jnp.zeros_like, p),
            "t": jnp.zeros((), jnp.int32), "key": jax.random.key(0),
        }  # fmt: skip

        def mean_loss(p: Tree, x: Array, labels: Array, key: Any) -> tuple[Array, Tree]:
            logits, p = run(p, x, key)
            each = jax.nn.logsumexp(logits, axis=1) - jnp.take_along_axis(logits, labels[:, None], axis=1)[:, 0]
            return each.mean(), p

        @partial(jax.jit, donate_argnums=0)
        def step(state: Tree, x: Array, labels: Array, batch: Array) -> tuple[Tree, Array]:
            key, used = jax.random.split(state["key"])
            (loss, updated), g = jax.value_and_grad(mean_loss, has_aux=True)(state["p"], x[batch], labels[batch], used)
            return adam(state | {"p": updated, "key": key}, g, work), loss

        self.run_step, self.run_logits = step, jax.jit(lambda p, x: run(p, x)[0])
        self.first = cache(lambda count: self.x[:count])  # pictures: slicing copies

    def step(self) -> float:
        self.state, loss = self.run_step(self.state, self.x, self.labels, next(self.batches))
        return float(loss)

    def logits(self, count: int) -> Array:
        return np.asarray(self.run_logits(self.state["p"], self.first(count)))


def adam(state: Tree, g: Tree, work: Work) -> Tree:
    """One step of Adam, algorithm 1, arxiv.org/abs/1412.6980; running statistics have gradient 0 and stay."""
    import jax
    from jax import numpy as jnp

    t = state["t"] + 1
    m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, state["m"], g)
    v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, state["v"], g)
    # 1 - betaᵗ by expm1: in float32 the plain difference is off by 6e-5 of itself
    rate, scale = (-1 / jnp.expm1(t * log(beta)) for beta in (BETA1, BETA2))
    p = jax.tree.map(lambda p, m, v: p - work.learning_rate * rate * m / (jnp.sqrt(v * scale) + EPS), state["p"], m, v)
    return state | {"p": p, "m": m, "v": v, "t": t}


def forward(layers: Sequence[Built], p: Tree, x: Array, key: Any = None) -> tuple[Array, Tree]:
    """Logits, and the parameters with updated running statistics; in training mode if there is a key."""
    p = list(p)
    for i, built in enumerate(layers):
        x, p[i] = layer(built, p[i], x, key, i)
    return x, p


def layer(built: Built, p: Tree, x: Array, key: Any, i: int) -> tuple[Array, Tree]:
    """The counterpart of one layer."""
    import jax
    from jax import lax, numpy as jnp

    described = built.layer
    match described:
        case Conv2d():
            padding = "SAME" if described.padding == "same" else "VALID"
            y = lax.conv_general_dilated(x, p["w"], (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
            return y + p["b"], p
        case Dense():
            return x @ p["w"] + p["b"], p
        case BatchNorm():
            return batch_norm(described, p, x, key is not None)
        case MaxPool2d():
            window = (1, described.window, described.window, 1)
            return lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID"), p
        case Dropout():
            if key is None:
                return x, p
            kept = jax.random.bernoulli(jax.random.fold_in(key, i), 1 - described.rate, x.shape)
            return jnp.where(kept, x / (1 - described.rate), 0), p
        case ReLU():
            return jnp.maximum(x, 0), p
        case Flatten():
            return x.reshape(len(x), -1), p
        case _:
            raise unsupported_layer(described)


def batch_norm(norm: BatchNorm, p: Tree, x: Array, train: bool) -> tuple[Array, Tree]:
    """With the batch's statistics in training, which updates the running ones, else with the running ones."""
    from jax import lax, numpy as jnp

    mean, var = p["mean"], p["var"]
    if train:
        axes = tuple(range(x.ndim - 1))
        mean, var = x.mean(axes), x.var(axes)
        M = x.size // x.shape[-1]
        running = {"mean": mean, "var": var * (M / max(M - 1, 1))}  # unbiased, as in numnist and PyTorch
        keep = norm.momentum
        p = p | {name: keep * p[name] + (1 - keep) * lax.stop_gradient(value) for name, value in running.items()}
    return (x - mean) * (p["w"] / jnp.sqrt(var + norm.eps)) + p["b"], p
