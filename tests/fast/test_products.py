"""Products in blocks: what a product as a whole gives, wherever the blocks end."""

from __future__ import annotations

import numpy as np
import pytest

from numnist.fast import products
from numnist.fast.products import SMALL, cuts, product

# M, K, N: a multiple of the blocks in every way, rests below and beside, a depth in parts, few columns, one too many
SHAPES = [
    (256, 784, 256), (250, 784, 200), (128, 9216, 32), (130, 3000, 70), (3000, 128, 8), (500, 1009, 65), (3, 7, 5),
    (4732, 128, 128), (2048, 1031, 9),
]  # fmt: skip


@pytest.fixture(params=[True, False], ids=["small products", "whole products"], autouse=True)
def _kernel(request, monkeypatch):
    """Both kinds of BLAS, whichever is here."""
    monkeypatch.setattr(products, "has_small_products", lambda: request.param)


@pytest.mark.parametrize("transposed", ["", "a", "b"], ids=["as they are", "the first transposed", "the second"])
@pytest.mark.parametrize(("M", "K", "N"), [*SHAPES, (128, 8, 9216)])
def test_a_product_in_blocks_is_the_product(M, K, N, transposed):
    rng = np.random.default_rng(M)
    a = rng.standard_normal((K, M)).T if transposed == "a" else rng.standard_normal((M, K))
    b = rng.standard_normal((N, K)).T if transposed == "b" else rng.standard_normal((K, N))
    np.testing.assert_allclose(product(a, b), a @ b, rtol=0, atol=1e-10)


def test_it_is_written_where_it_is_wanted():
    a, b = np.ones((128, 784), np.float32), np.ones((784, 128), np.float32)
    out = np.full((128, 128), np.nan, np.float32)
    assert product(a, b, out=out) is out
    assert (out == 784).all()


@pytest.mark.parametrize(("M", "K", "N"), SHAPES)
def test_blocks_are_small_and_cover_all(M, K, N):
    cut = cuts(M, K, N)
    if cut is None:
        assert M * K * N <= SMALL or N < 8
        return
    depth = max(part.stop - part.start for part in cut.depths)
    assert cut.height * cut.width * depth <= SMALL
    for parts, whole in ((cut.depths, K), (cut.rows, M), (cut.columns, N)):
        assert [part.start for part in parts] == [0, *(part.stop for part in parts[:-1])]
        assert parts[-1].stop == whole


def test_a_float_keeps_its_size():
    assert product(np.ones((256, 784), np.float32), np.ones((784, 64), np.float32)).dtype == np.float32
