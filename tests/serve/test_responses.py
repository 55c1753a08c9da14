"""The wire: arrays arrive in a browser as they were."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from numnist.serve.http.arrays import packed


@pytest.mark.parametrize(
    ("array", "dtype", "read_as"),
    [
        (np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "uint8", "u1"),
        (np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3).T, "float32", "<f4"),
        (np.linspace(-1, 1, 6).reshape(3, 2)[:, ::-1], "float32", "<f4"),
        (np.array([1, 2], ">f4"), "float32", "<f4"),
        (np.array([True, False]), "float32", "<f4"),
        (np.zeros((0, 3), np.uint8), "uint8", "u1"),
        (np.float32(2.5), "float32", "<f4"),
    ],
)
def test_an_array_is_unpacked_as_it_was(array, dtype, read_as):
    sent = packed(np.asarray(array))
    assert sent["dtype"] == dtype
    back = np.frombuffer(base64.b64decode(sent["base64"]), read_as).reshape(sent["shape"])
    np.testing.assert_array_equal(back, np.asarray(array, back.dtype))
