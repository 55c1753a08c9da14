"""Solutions of the exercises: right ones, and wrong ones with what the check must say of them.

Each replaces the lines of the template that are to be completed, or some lines of the right solution.
"""

from __future__ import annotations

import re
from textwrap import indent

from numnist.exercises.catalog import EXERCISES

RIGHT = {
    "dense-backward": """
dw = dy @ x.T
db = dy.sum(axis=1, keepdims=True)
dx = w.T @ dy
""",
    "softmax-cross-entropy": """
N = len(labels)
e = np.exp(logits - logits.max(axis=0))
p = e / e.sum(axis=0)
chosen = p[labels, np.arange(N)]
logs = (logits - logits.max(axis=0) - np.log(e.sum(axis=0)))[labels, np.arange(N)]
target = np.zeros_like(p)
target[labels, np.arange(N)] = 1
loss = -logs.mean()
dlogits = (p - target) / N
""",
    "conv-forward": """
K, C, kh, kw = w.shape
x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
oh, ow = (x.shape[1] - kh) // stride + 1, (x.shape[2] - kw) // stride + 1
y = np.zeros((K, oh, ow, x.shape[3]))
for k in range(K):
    for oi in range(oh):
        for oj in range(ow):
            patch = x[:, oi * stride : oi * stride + kh, oj * stride : oj * stride + kw]
            y[k, oi, oj] = (w[k][..., None] * patch).sum(axis=(0, 1, 2)) + b[k]
""",
    "batch-norm-backward": """
N = x.shape[1]
mean = x.mean(axis=1, keepdims=True)
var = ((x - mean) ** 2).mean(axis=1, keepdims=True)
root = np.sqrt(var + eps)
xhat = (x - mean) / root
dw = (dy * xhat).sum(axis=1, keepdims=True)
db = dy.sum(axis=1, keepdims=True)
d = w * dy
through_mean = d.sum(axis=1, keepdims=True) / N
through_var = xhat * (d * xhat).sum(axis=1, keepdims=True) / N
dx = (d - through_mean - through_var) / root
""",
    "adam-step": """
m = beta1 * m + (1 - beta1) * g
v = beta2 * v + (1 - beta2) * g**2
m_hat = m / (1 - beta1**t)
v_hat = v / (1 - beta2**t)
theta = theta - rate * m_hat / (np.sqrt(v_hat) + eps)
""",
}

# exercise, what is written instead of which lines of the right solution, the output, words of the message
WRONG = [
    ("dense-backward", "w.T @ dy", "w @ dy if len(w) == len(x) else w.T @ dy", "dx", "which of the two indices of w"),
    ("dense-backward", "dy @ x.T", "dy @ x.T / x.shape[1]", "dw", "too small by a factor, which is N"),
    ("dense-backward", "dy.sum(axis=1, keepdims=True)", "dy.mean(axis=1, keepdims=True)", "db", "which is N"),
    ("dense-backward", "dy.sum(axis=1, keepdims=True)", "dy[:, :1]", "db", "here only the first counts"),
    ("dense-backward", "dy.sum(axis=1, keepdims=True)", "dy.sum(axis=1)", "db", "keepdims=True keeps"),
    ("dense-backward", "dy.sum(axis=1, keepdims=True)", "np.full((len(w), 1), dy.sum())", "db", "over which of"),
    ("dense-backward", "dy.sum(axis=1, keepdims=True)", "np.sum(dy)", "db", "a single number"),
    ("dense-backward", "dy @ x.T", "x @ dy.T", "dw", "lying on its side"),
    ("dense-backward", "dy @ x.T", "dy[:, -1:] @ x[:, -1:].T", "dw", "here only the last counts"),
    ("dense-backward", "w.T @ dy", "-w.T @ dy", "dx", "all is right but the sign"),
    ("dense-backward", "w.T @ dy", "w.T @ np.ones_like(dy)", "dx", "dy is nowhere in it"),
    ("dense-backward", "w.T @ dy", "w.T @ dy + 1e-6 * dy.sum()", "dx", "numbers are wrong"),
    ("softmax-cross-entropy", "-logs.mean()", "-logs.sum()", "loss", "too large by a factor, which is N"),
    ("softmax-cross-entropy", "-logs.mean()", "logs.mean()", "loss", "right but the sign"),
    ("softmax-cross-entropy", "-logs.mean()", "-logs.mean() / np.log(2)", "loss", "which logarithm"),
    ("softmax-cross-entropy", "-logs.mean()", "1 - chosen.mean()", "loss", "where is the logarithm"),
    ("softmax-cross-entropy", "-logs.mean()", "-logs[0]", "loss", "only the first sample"),
    ("softmax-cross-entropy", "logits - logits.max(axis=0)", "logits", "dlogits", "overflow"),
    ("softmax-cross-entropy", "(p - target) / N", "p - target", "dlogits", "too large by a factor, which is N"),
    ("softmax-cross-entropy", "(p - target) / N", "p / N", "dlogits", "label is nowhere in it"),
    ("softmax-cross-entropy", "(p - target) / N", "p - target / N", "dlogits", "only a part of it"),
    ("softmax-cross-entropy", "(p - target) / N", "(target - p) / N", "dlogits", "right but the sign"),
    ("softmax-cross-entropy", "(p - target) / N", "(logits - target) / N", "dlogits", "needs the probabilities"),
    ("softmax-cross-entropy", "e / e.sum(axis=0)", "(np.exp(logits.T - logits.max(axis=1)) / np.exp(logits.T - "
     "logits.max(axis=1)).sum(axis=0)).T", "dlogits", "over which axis does the softmax sum"),
    ("conv-forward", "w[k][..., None]", "w[k, :, ::-1, ::-1][..., None]", "y", "kernel is turned"),
    ("conv-forward", "+ b[k]", "", "y", "bias is missing"),
    ("conv-forward", "+ b[k]", "+ C * kh * kw * b[k]", "y", "bias is added more than once"),
    ("conv-forward", "+ b[k]", "+ b[0]", "y", "every filter has a bias"),
    ("conv-forward", "(w[k][..., None] * patch)", "(w[k, :1, ..., None] * patch[:1])", "y", "first channel of x"),
    ("conv-forward", "w[k][..., None]", "w[0][..., None]", "y", "use the weights of the first"),
    ("conv-forward", "(padding, padding), (padding, padding)", "(0, 2 * padding), (0, 2 * padding)", "y",
     "belongs on every side"),
    ("conv-forward", "x = np.pad", "np.pad", "y", "padding 1: y has the shape (1, 2, 2, 1), but must"),
    ("conv-forward", "(x.shape[1] - kh) // stride + 1", "(x.shape[1] - kh) // stride", "y", "must have (1, 3, 3, 1)"),
    ("conv-forward", "x[:, oi * stride : oi * stride + kh", "x[:, oi : oi + kh", "y", "stride 2: y[0, 1, 0, 0]"),
    ("batch-norm-backward", "- through_mean - through_var", "- through_var", "dx", "through the mean is missing"),
    ("batch-norm-backward", "- through_mean - through_var", "- through_mean", "dx", "through the variance is missing"),
    ("batch-norm-backward", "- through_mean - through_var", "", "dx", "mean and variance are made of x"),
    ("batch-norm-backward", "- through_var", "+ through_var", "dx", "sign of what comes back through the variance"),
    ("batch-norm-backward", "keepdims=True) / N\nthrough_var", "keepdims=True)\nthrough_var", "dx",
     "through the mean: each"),
    ("batch-norm-backward", "np.sqrt(var + eps)", "(np.sqrt(var) + eps)", "dx", "eps stands in the wrong place"),
    ("batch-norm-backward", "np.sqrt(var + eps)", "(np.sqrt(var) + eps)", "dw", "eps stands in the wrong place"),
    ("batch-norm-backward", "np.sqrt(var + eps)", "np.sqrt(var)", "dx", "eps is missing"),
    ("batch-norm-backward", "** 2).mean(axis=1, keepdims=True)", "** 2).sum(axis=1, keepdims=True) / (N - 1)", "dx",
     "divides by N, not by N - 1"),
    ("batch-norm-backward", "d = w * dy", "d = dy", "dx", "w is missing"),
    ("batch-norm-backward", ") / root\nreturn", ")\nreturn", "dx", "a division, which is missing"),
    ("batch-norm-backward", "(dy * xhat).sum(axis=1, keepdims=True)\ndb", "(dy * x).sum(axis=1, keepdims=True)\ndb",
     "dw", "by x̂, not by x"),
    ("batch-norm-backward", "db = dy.sum", "db = dy.mean", "db", "too small by a factor, which is N"),
    ("adam-step", "m / (1 - beta1**t)\nv_hat = v / (1 - beta2**t)", "m\nv_hat = v", "theta", "neither is corrected"),
    ("adam-step", "v / (1 - beta2**t)", "v", "theta", "v is not corrected"),
    ("adam-step", "beta1**t", "beta1", "theta", "where is t"),
    ("adam-step", "(np.sqrt(v_hat) + eps)", "np.sqrt(v_hat + eps)", "theta", "eps stands in the wrong place"),
    ("adam-step", "np.sqrt(v_hat)", "v_hat", "theta", "square root is missing"),
    ("adam-step", "theta - rate", "theta + rate", "theta", "uphill"),
    ("adam-step", "beta1 * m + (1 - beta1) * g", "beta1 * m + g", "m", "do not add up to 1"),
    ("adam-step", "beta1 * m + (1 - beta1) * g", "(1 - beta1) * m + beta1 * g", "m", "share of the old m"),
    ("adam-step", "beta1 * m + (1 - beta1) * g", "beta2 * m + (1 - beta2) * g", "m", "m has a beta of its own"),
    ("adam-step", "* g**2", "* g", "v", "the square of g"),
    ("adam-step", "return theta, m, v", "return theta, m_hat, v", "m", "without the bias correction"),
    ("adam-step", "return theta, m, v", "return theta, m, v_hat", "v", "without the bias correction"),
    ("adam-step", "np.sqrt(v_hat) + eps", "np.sqrt(v_hat)", "theta", "eps is missing"),
]  # fmt: skip


def completed(name: str, old: str = "", new: str = "") -> str:
    """The template with a solution in place of its `...` lines; `old` of the solution is written as `new`."""
    exercise = EXERCISES[name]
    todo = re.search(r"(?:^    \w+ = \.\.\..*\n)+    return .*\n", exercise.template, re.MULTILINE)
    assert todo, "the template has lines to complete"
    text = f"{RIGHT[name].strip()}\nreturn {', '.join(exercise.outputs)}\n"
    assert old in text, f"{old!r} stands in the solution of {name}"
    return exercise.template.replace(todo[0], indent(text.replace(old, new, 1) if old else text, "    "))
