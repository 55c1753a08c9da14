"""The exercises solved in other ways than numnist does: as loops, or by other formulas for the same numbers."""

from __future__ import annotations

import numpy as np


def dense_backward(w, x, dy):
    K, N = dy.shape
    J = x.shape[0]
    dw = np.zeros((K, J))
    db = np.zeros((K, 1))
    dx = np.zeros((J, N))
    for k in range(K):
        for n in range(N):
            db[k, 0] += dy[k, n]
            for j in range(J):
                dw[k, j] += dy[k, n] * x[j, n]
                dx[j, n] += w[k, j] * dy[k, n]
    return [dw, db, dx]


def softmax_cross_entropy(logits, labels):
    s = logits - logits.max(axis=0, keepdims=True)
    logp = s - np.log(np.sum(np.exp(s), axis=0))
    n = labels.shape[0]
    loss = 0
    d = np.exp(logp)
    for i, l in enumerate(labels):
        loss -= logp[l, i] / n
        d[l, i] -= 1
    return loss, d / n


def conv_forward(x, w, b, stride, padding):
    K, _, kh, kw = w.shape
    xp = np.pad(x, [(0, 0), (padding, padding), (padding, padding), (0, 0)])
    oh = (xp.shape[1] - kh) // stride + 1
    ow = (xp.shape[2] - kw) // stride + 1
    y = np.zeros((K, oh, ow, x.shape[3])) + b.reshape(-1, 1, 1, 1)
    for i in range(kh):
        for j in range(kw):
            y += np.tensordot(
                w[:, :, i, j],
                xp[:, i : i + stride * (oh - 1) + 1 : stride, j : j + stride * (ow - 1) + 1 : stride],
                axes=1,
            )
    return y


def batch_norm_backward(x, w, dy, eps):
    N = x.shape[1]
    mu = np.mean(x, axis=1, keepdims=True)
    xc = x - mu
    var = np.mean(xc**2, axis=1, keepdims=True)
    istd = (var + eps) ** -0.5
    xhat = xc * istd
    dxhat = dy * w
    dvar = np.sum(dxhat * xc * -0.5 * istd**3, axis=1, keepdims=True)
    dmu = np.sum(-dxhat * istd, axis=1, keepdims=True) + dvar * np.mean(-2 * xc, axis=1, keepdims=True)
    dx = dxhat * istd + dvar * 2 * xc / N + dmu / N
    return np.sum(dy * xhat, axis=1, keepdims=True), np.sum(dy, axis=1, keepdims=True), dx


def adam_step(theta, g, m, v, t, rate, beta1, beta2, eps):
    m = m + (1 - beta1) * (g - m)
    v = v + (1 - beta2) * (g * g - v)
    a = rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - a * m / (np.sqrt(v) + eps * np.sqrt(1 - beta2**t)), m, v
