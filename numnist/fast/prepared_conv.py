"""A convolution of few pictures with what follows it, as calls that write into arrays made once (see prepared.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from numnist.fast.group import Group
from numnist.fast.scratch import COLUMN_BYTES, Scratch
from numnist.nn.base import Array, Views
from numnist.nn.windows import Windows

Call = Callable[[Views, Views | None], None]  # views of the convolution, and of its batch norm


def prepare_conv(found: Group, x: Array, scratch: Scratch) -> tuple[Call, Array]:
    """What computes a group of x (C, H, W, N), and the array (K, oh, ow, N) that it writes to."""
    conv, norm, (ph, pw) = found.conv, found.norm, found.window
    (C, H, W, N), K, G = x.shape, conv.filters, conv.groups
    win = conv.windows(H, W)
    padded = np.zeros(win.padded_shape(C, N), x.dtype) if win.padded else x
    inside = win.crop(padded)
    wide = padded.shape[2] if (win.sh, win.sw) == (1, 1) else win.ow
    z = np.zeros((K, win.oh, wide, N), x.dtype)
    by_filter, by_group = z.reshape(K, -1), z.reshape(G, K // G, -1)
    blocks = list(_blocks(win, padded, wide, by_group, scratch))

    stages, best = _sliding_maxima(z, ph, pw)
    rows, cols = win.oh // ph, win.ow // pw
    best = best[:, : rows * ph : ph, : cols * pw : pw]
    y = np.empty((K, rows, cols, N), x.dtype)
    zeros = scratch.zeros(y.shape) if found.relu else None

    size = C // G * win.kh * win.kw
    folds = K * size <= z.size  # is it less work to scale the weights than the outputs?
    weights, factor, shift = np.empty((K, size), x.dtype), *np.empty((2, K, 1), x.dtype)

    def run(own: Views, running: Views | None) -> None:
        w = own.w.reshape(K, size)
        b = own.b if conv.bias else None
        if norm is not None and running is not None:  # y = factor·z + shift
            np.sqrt(np.add(running.var, norm.eps, out=factor), out=factor)
            np.divide(running.w, factor, out=factor)
            np.subtract(b, running.mean, out=shift) if b is not None else np.negative(running.mean, out=shift)
            np.multiply(shift, factor, out=shift)
            b = np.add(shift, running.b, out=shift)
            if folds:
                w = np.multiply(w, factor, out=weights)
        if win.padded:
            np.copyto(inside, x)
        w = w.reshape(G, K // G, size) if G > 1 else w
        for look, columns, right, out in blocks:
            if look is not None:
                np.copyto(columns, look)
            np.matmul(w, right, out=out)
        if norm is not None and not folds:
            np.multiply(by_filter, factor, out=by_filter)
        for one, other, larger in stages:
            np.maximum(one, other, out=larger)
        if b is None:
            np.copyto(y, best)
        else:
            np.add(best, b[:, :, None, None], out=y)
        if zeros is not None:
            np.maximum(y, zeros, out=y)

    return run, y


def _blocks(
    win: Windows, padded: Array, wide: int, z: Array, scratch: Scratch
) -> Iterator[tuple[Array | None, Array, Array, Array]]:
    """(patches to copy, columns to copy them to, the columns as a matrix, their outputs) of some rows at a time.

    With stride 1 the outputs of a row are as many as the columns of the padded picture.  Those at the end of a row see
    pixels of the next one, and nobody reads them; but the patches of all rows under one weight are then one run of
    memory, and copied as such.   z: (G, K/G, oh·wide·N)
    """
    C, _, _, N = padded.shape
    c, h, w, n = padded.strides
    G = len(z)
    strides = (c, win.dh * h, win.dw * w)
    per_row = C * win.kh * win.kw * wide * N * padded.itemsize
    step = max(1, COLUMN_BYTES // per_row)
    one_by_one = (win.kh, win.kw, win.sh, win.sw) == (1, 1, 1, 1)  # the padded pictures are the columns
    look: Array | None
    for start in range(0, win.oh, step):
        rows = min(step, win.oh - start)
        first = padded[:, start * win.sh :]
        if (win.sh, win.sw) == (1, 1):
            length = ((rows - 1) * wide + win.ow) * N
            look = as_strided(first, (C, win.kh, win.kw, length), (*strides, n), writeable=False)
        else:
            length = rows * wide * N
            shape, steps = (C, win.kh, win.kw, rows, win.ow, N), (*strides, win.sh * h, win.sw * w, n)
            look = as_strided(first, shape, steps, writeable=False)
        at = slice(start * wide * N, start * wide * N + length)
        if one_by_one:
            look, columns, matrix = None, padded, padded.reshape(G, C // G, -1)[:, :, at]
        else:
            columns = scratch.columns(look.shape)
            matrix = columns.reshape(G, -1, length)
        yield (look, columns, matrix, z[:, :, at]) if G > 1 else (look, columns, matrix[0], z[0, :, at])


def _sliding_maxima(z: Array, ph: int, pw: int) -> tuple[list[tuple[Array, Array, Array]], Array]:
    """The steps (a, b, larger of both) after which each output has the maximum of the window that begins there.

    Over the whole array as one run: most maxima are of no use, but one long loop is faster than many short ones.
    """
    _, _, wide, N = z.shape
    flat, stages = z.reshape(-1), []
    for count, shift in ((pw, N), (ph, wide * N)):
        begin = flat
        for k in range(1, count):
            larger = np.zeros(z.size, z.dtype)
            end = z.size - k * shift
            stages.append((flat[:end], begin[k * shift :], larger[:end]))
            flat = larger
    return stages, flat.reshape(z.shape)
