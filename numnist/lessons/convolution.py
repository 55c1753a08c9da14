"""Lesson 4: small filters that slide over the picture, and how sliding becomes one matrix product."""

from __future__ import annotations

import numpy as np

from numnist import naive
from numnist.explain.document import Arrays, Code, Heading, Lines, Paragraph, Table, Title
from numnist.explain.examples.layer_example import run_layer
from numnist.explain.source import quote
from numnist.lessons.shared import Lesson, LessonContext, Measurement, factor, layer_table, train_recipe, try_next
from numnist.naive.conv import conv_forward
from numnist.nn import Conv2d, Mode, Views
from numnist.nn.base import Array
from numnist.nn.windows import Windows
from numnist.support.errors import UsageError
from numnist.support.format import measured_time

EQUAL = 1e-12  # of the largest number: sums of the same products in another order
EPOCHS, PUBLISHED = 20, 16 * 60.0  # of the course: epochs, seconds


def lesson(context: LessonContext, *, pictures: int = 1, batch: int = 20, rounds: int = 3) -> Lesson:
    """pictures: how many the loops get, which are slow;  batch: how many im2col gets."""
    conv = next((layer for layer in context.recipe.network.layers if isinstance(layer, Conv2d)), None)
    if conv is None:
        raise UsageError(f"lesson 4 is about convolutions, but recipe {context.recipe.name!r} has no Conv2d.")
    yield Title("Lesson 4: a convolutional network")
    yield Paragraph(
        """A dense layer has a separate weight for every pixel, so it must learn what a stroke looks like again for
        every place. A convolution has a few small squares of weights, the filters, and applies each of them at every
        place of the picture: y[k, oi, oj] = Σ w[k, c, i, j]·x[c, oi + i, oj + j] + b[k]. Max pooling then keeps the
        largest number of every 2 × 2, so that the exact place matters less."""
    )
    yield layer_table(context.recipe.model(context.data))
    yield from _tiny()
    yield from _compared(context, conv, pictures, batch, rounds)
    for part in train_recipe(context):
        yield part
        if isinstance(part, Measurement):
            projected = part.figures["seconds"] / context.recipe.epochs * EPOCHS
            here, published = measured_time(projected), measured_time(PUBLISHED)
            yield Lines((f"{EPOCHS} epochs, as in the course, would take {here}; published: {published}",), below=True)
            yield Measurement(
                "course", {"epochs": EPOCHS, "projected_seconds": projected, "published_seconds": PUBLISHED}
            )
    yield from try_next(
        ("numnist explain Conv2d", "a convolution's forward and backward pass in numbers"),
        ("numnist explain MaxPool2d", "where pooling sends the gradient"),
        ("numnist train quick", "two convolutions: 99% in seconds"),
    )


def _tiny() -> Lesson:
    """Im2col and col2im on one picture of 4 × 4 pixels."""
    conv = Conv2d(1, 2)
    x = np.arange(1.0, 17).reshape(1, 4, 4, 1)
    dy = np.array([[[[1.0], [0], [0]], [[0], [2], [0]], [[0], [0], [3]]]])  # (1, 3, 3, 1)
    row = np.array([[1.0, -1, 2, 0]])
    run = run_layer(conv, x, dy, {"w": row, "b": 0})
    columns, dx = conv.windows(4, 4).gather(x).reshape(4, 9), run.results["dx"][0, :, :, 0]
    product, dcolumns = row @ columns, row.T @ dy.reshape(1, 9)
    equal = bool(np.array_equal(product, run.results["y"].reshape(1, 9)))
    yield Heading("Im2col: the pixels of each output become a column")
    yield Paragraph(
        """A picture of 4 × 4 and a filter of 2 × 2 give 3 × 3 outputs. Each column holds the four pixels that one
        output sees; there are nine columns, one for each output. The filter as a row, times the columns, is the whole
        convolution: one matrix product, which is what processors do best."""
    )
    yield Arrays((("x", x[0, :, :, 0]), ("columns", columns)))
    yield Arrays((("w as a row", row), ("w · columns = y", product)))
    yield Code(quote(Windows.gather))
    yield Code(quote(Conv2d.forward))
    yield Heading("Col2im: the backward pass")
    yield Paragraph(
        """Backward, wᵀ · dy has a number for each entry of the columns. A pixel occurs in up to four columns and gets
        the sum of its entries: each row, as a picture of 3 × 3, is added to the place that it was taken from."""
    )
    yield Arrays((("dy", dy[0, :, :, 0]), ("wᵀ · dy", dcolumns), ("dx", dx)))
    yield Code(quote(Windows.scatter))
    yield Measurement("tiny", {"columns": columns.tolist(), "y": product.tolist(), "dx": dx.tolist(), "equal": equal})


def _compared(context: LessonContext, conv: Conv2d, pictures: int, batch: int, rounds: int) -> Lesson:
    """Loops and im2col on the recipe's first convolution: the same numbers, and how long each takes."""
    plan, rng, mode = conv.build(context.data.shape), np.random.default_rng(0), Mode(True)
    arrays = {name: rng.standard_normal(param.shape) for name, param in plan.walk()}
    g = {name: np.zeros_like(a) for name, a in arrays.items()}
    p, views = Views(plan, arrays), Views(plan, g)
    x, dy = rng.standard_normal((*plan.in_shape, batch)), rng.standard_normal((*plan.out_shape, batch))
    some, dsome = x[..., :pictures].copy(), dy[..., :pictures].copy()

    def im2col(x: Array, dy: Array) -> tuple[Array, Array]:
        y, cache = conv.forward(p, x, mode)
        dx = conv.backward(p, views, dy, cache)
        assert dx is not None
        return y, dx

    y, dx = im2col(some, dsome)
    naive_y = naive.forward(conv, p, some, mode)
    naive_dx, naive_g = naive.backward(conv, p, some, dsome, mode)
    pairs = [(naive_y, y), (naive_dx, dx), *((naive_g[name], g[name]) for name in naive_g)]
    off = float(np.max([np.abs(a - b).max() / np.abs(a).max() for a, b in pairs]))

    def loops() -> None:
        naive.forward(conv, p, some, mode)
        naive.backward(conv, p, some, dsome, mode)

    all_loops, all_columns = context.seconds_in_turns((loops, lambda: im2col(x, dy)), rounds)
    slow, quick = all_loops / pictures, all_columns / batch
    yield Heading("Loops against im2col")
    yield Paragraph(
        f"""The same convolution as seven loops, one for each letter of the formula. {conv!r} on a picture of
        {"×".join(map(str, plan.in_shape))} takes {plan.macs:,} multiplications forward, and twice as many backward."""
    )
    yield Code(quote(conv_forward, "for n, k", "y[k, oi, oj, n] += p.b"))
    yield Table(
        ("forward and backward", "a picture", "pictures a second"),
        (
            (f"loops, {pictures} at a time", measured_time(slow), f"{1 / slow:,.2g}"),
            (f"im2col, {batch} at a time", measured_time(quick), f"{1 / quick:,.0f}"),
        ),
    )
    verdict = "equal" if off <= EQUAL else "NOT equal"
    yield Lines(
        (
            f"{factor(slow / quick)} times as fast",
            f"y, dw, db and dx are {verdict} within {EQUAL:.0e} of their largest number: {off:.0e} in float64",
        )
    )
    yield Measurement(
        "speed",
        {
            "layer": repr(conv), "macs": plan.macs, "loops_seconds": slow, "im2col_seconds": quick,
            "factor": slow / quick, "largest_difference": off, "equal": off <= EQUAL,
        },
    )  # fmt: skip
