"""Lesson 4: small weights that slide over the picture, and how sliding becomes one matrix product."""

from __future__ import annotations

import numpy as np

from numnist.explain.document import Arrays, Code, Heading, Lines, Table, Title
from numnist.explain.source import quote
from numnist.lessons.shared import Lesson, Measured, Room, duration, paragraphs, shapes, times, trained, try_
from numnist.naive import backward as naive_backward, forward as naive_forward
from numnist.naive.conv import conv_forward
from numnist.nn import Conv2d, Mode, Views
from numnist.nn.base import Array
from numnist.nn.windows import Windows
from numnist.support.errors import UsageError

EQUAL = 1e-12  # of the largest number: sums of the same products in another order
EPOCHS, PUBLISHED = 20, 16 * 60.0  # of the course: epochs, seconds


def lesson(room: Room, *, pictures: int = 1, batch: int = 20, rounds: int = 5) -> Lesson:
    """pictures: for the loops, which are slow;  batch: for im2col."""
    conv = next((layer for layer in room.recipe.network.layers if isinstance(layer, Conv2d)), None)
    if conv is None:
        raise UsageError(f"lesson 4 is about convolutions, but recipe {room.recipe.name!r} has no Conv2d.")
    yield Title("Lesson 4: a convolutional network")
    yield from paragraphs(
        """A dense layer has a weight of its own for every pixel, and must learn everywhere anew what a stroke looks
        like. A convolution has a few small squares of weights, the filters, and looks through each of them at every
        place of the picture: y[k, oi, oj] = Σ w[k, c, i, j]·x[c, oi + i, oj + j] + b[k]. Max pooling then keeps the
        largest of every 2 × 2, so that it matters less where exactly something was."""
    )
    yield shapes(room.recipe.model(room.data))
    yield from _tiny()
    yield from _compared(room, conv, pictures, batch, rounds)
    epochs = room.recipe.epochs
    yield Heading(f"Trained: recipe {room.recipe.name}, {epochs} epoch{'' if epochs == 1 else 's'}")
    for part in trained(room):
        yield part
        if isinstance(part, Measured):
            each = part.figures["seconds"] / epochs
            here = duration(each * EPOCHS)
            yield Lines(
                (f"{EPOCHS} epochs, as in the course, would take {here}; published: {duration(PUBLISHED)}",), below=True
            )
            yield Measured(
                "course",
                {"epochs": EPOCHS, "projected_seconds": each * EPOCHS, "published_seconds": PUBLISHED},
            )  # fmt: skip
    yield from try_(
        ("numnist explain Conv2d", "forward and backward of a convolution in numbers"),
        ("numnist explain MaxPool2d", "where the gradient goes in pooling"),
        ("numnist train quick", "two convolutions: 99% in seconds"),
    )


def _tiny() -> Lesson:
    """Im2col and col2im on one picture of 4 × 4 pixels."""
    conv = Conv2d(1, 2)
    plan = conv.build((1, 4, 4))
    x = np.arange(1.0, 17).reshape(1, 4, 4, 1)
    p = {"w": np.array([[[[1.0, -1], [2, 0]]]]), "b": np.zeros((1, 1))}
    g = {name: np.zeros_like(a) for name, a in p.items()}
    win = conv.windows(4, 4)
    columns = win.gather(x).reshape(1, 4, 9)
    y, cache = conv.forward(Views(plan, p), x)
    dy = np.array([[[[1.0], [0], [0]], [[0], [2], [0]], [[0], [0], [3]]]])  # (1, 3, 3, 1)
    dx = conv.backward(Views(plan, p), Views(plan, g), dy, cache)
    row = p["w"].reshape(1, 4)
    product, dcolumns = row @ columns[0], row.T @ dy.reshape(1, 9)
    assert dx is not None
    equal = bool(np.array_equal(product, y.reshape(1, 9)))
    yield Heading("Im2col: what each output sees becomes a column")
    yield from paragraphs(
        """A picture of 4 × 4 and a filter of 2 × 2 make 3 × 3 outputs. Under each other stand the four pixels that an
        output sees, beside each other the nine outputs. Then the filter as a row, times the columns, is the whole
        convolution: one matrix product, which processors do best."""
    )
    yield Arrays((("x", x[0, :, :, 0]), ("columns", columns[0])))
    yield Arrays((("w as a row", row), ("w · columns = y", product)))
    yield Code(quote(Windows.gather))
    yield Code(quote(Conv2d.forward))
    yield Heading("Col2im: the way back")
    yield from paragraphs(
        """Backward, wᵀ · dy has a number for each place in the columns. A pixel stands in up to four of them, and gets
        the sum: each row of columns is added, as a picture of 3 × 3, to where it was taken from."""
    )
    yield Arrays((("dy", dy[0, :, :, 0]), ("wᵀ · dy", dcolumns), ("dx", dx[0, :, :, 0])))
    yield Code(quote(Windows.scatter))
    yield Measured(
        "tiny", {"columns": columns[0].tolist(), "y": product.tolist(), "dx": dx[0, :, :, 0].tolist(), "equal": equal}
    )


def _compared(room: Room, conv: Conv2d, pictures: int, batch: int, rounds: int) -> Lesson:
    """Loops and im2col on the recipe's first convolution: the same numbers, and how long each takes."""
    plan, rng, mode = conv.build(room.data.shape), np.random.default_rng(0), Mode(True)
    arrays = {name: rng.standard_normal(param.shape) for name, param in plan.walk()}
    g = {name: np.zeros_like(a) for name, a in arrays.items()}
    p, views = Views(plan, arrays), Views(plan, g)
    x, dy = rng.standard_normal((*plan.in_shape, batch)), rng.standard_normal((*plan.out_shape, batch))
    some, dsome = x[..., :pictures].copy(), dy[..., :pictures].copy()

    def fast(x: Array, dy: Array) -> tuple[Array, Array]:
        y, cache = conv.forward(p, x, mode)
        dx = conv.backward(p, views, dy, cache)
        assert dx is not None
        return y, dx

    y, dx = fast(some, dsome)
    started = room.clock()
    slow_y = naive_forward(conv, p, some, mode)
    slow_dx, slow_g = naive_backward(conv, p, some, dsome, mode)
    slow = (room.clock() - started) / pictures
    pairs = [(slow_y, y), (slow_dx, dx), *((slow_g[name], g[name]) for name in slow_g)]
    off = float(np.max([np.abs(a - b).max() / np.abs(a).max() for a, b in pairs]))
    quick = room.seconds(lambda: fast(x, dy), rounds) / batch
    yield Heading("Loops against im2col")
    yield from paragraphs(
        f"""The same convolution as seven loops, one for each letter of the formula. {conv!r} on a picture of
        {"×".join(map(str, plan.in_shape))} multiplies {plan.macs:,} times forward, and twice that backward."""
    )
    yield Code(quote(conv_forward, "for n, k", "y[k, oi, oj, n] += p.b"))
    yield Table(
        ("forward and backward", "a picture", "pictures a second"),
        (
            (f"loops, {pictures} at a time", duration(slow), f"{1 / slow:,.2g}"),
            (f"im2col, {batch} at a time", duration(quick), f"{1 / quick:,.0f}"),
        ),
        ("a picture", "pictures a second"),
    )  # fmt: skip
    verdict = "equal" if off <= EQUAL else "NOT equal"
    yield Lines(
        (
            f"{times(slow / quick)} times as fast",
            f"y, dw, db and dx are {verdict} to {EQUAL:.0e} of their largest number: {off:.0e} in float64",
        )
    )
    yield Measured(
        "speed",
        {
            "layer": repr(conv), "macs": plan.macs, "loops_seconds": slow, "im2col_seconds": quick,
            "factor": slow / quick, "largest_difference": off, "equal": off <= EQUAL,
        },
    )  # fmt: skip
