"""IDX files: everything regular is read, everything else is refused with a word about what to do."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from numnist.data import load
from numnist.data.formats import idx
from numnist.support.errors import DataError

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def header(code, *sizes):
    return struct.pack(">BBBB", 0, 0, code, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes)


def encode(array, kind="u1"):
    return header(CODES[kind], *array.shape) + array.astype(f">{kind}").tobytes()


def pictures(n=12, H=5, W=4):
    return np.arange(n * H * W).reshape(n, H, W) % 256


def labels(n=12):
    return np.arange(n) % 3


def write_pair(folder, images, truth, train="train"):
    """The two files under their usual names; returns the file of pictures."""
    (folder / f"{train}-labels-idx1-ubyte").write_bytes(truth)
    path = folder / f"{train}-images-idx3-ubyte"
    path.write_bytes(images)
    return path


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_each_of_the_six_types_is_read_packed_or_not(tmp_path, kind, packed):
    array = np.arange(24).reshape(2, 3, 4)
    content = encode(array, kind)
    path = tmp_path / "x"
    path.write_bytes(gzip.compress(content) if packed else content)
    read = idx.read_idx(path)
    assert np.array_equal(read, array)
    assert read.dtype == np.dtype(kind)
    assert read.dtype.isnative


def test_an_unpacked_file_under_the_gz_name_is_accepted(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(encode(pictures()))
    assert np.array_equal(idx.read_idx(path), pictures())


def test_a_packed_file_without_the_gz_name_is_accepted(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(gzip.compress(encode(pictures())))
    assert np.array_equal(idx.read_idx(path), pictures())


@pytest.mark.parametrize("kind", ["i2", "i4", "f4", "f8"])
def test_whole_numbers_of_any_type_become_uint8(tmp_path, kind):
    path = write_pair(tmp_path, encode(pictures(), kind), encode(labels()))
    split = idx.read_pair(path, tmp_path / "train-labels-idx1-ubyte")
    assert split.x.dtype == np.uint8
    assert np.array_equal(split.x[:, 0], pictures())


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_floats_from_0_to_1_stay_floats(tmp_path, kind):
    path = write_pair(tmp_path, encode(pictures() / 255, kind), encode(labels()))
    split = idx.read_pair(path, tmp_path / "train-labels-idx1-ubyte")
    assert split.x.dtype == np.float32
    np.testing.assert_allclose(split.x[:, 0] * 255, pictures(), rtol=1e-6)  # because float32 has 7 digits


@pytest.mark.parametrize("shape", [(9, 3, 5, 4), (9, 5, 4, 3)], ids=["channels first", "channels last"])
def test_colour_pictures_come_out_channels_first(tmp_path, shape):
    array = np.arange(np.prod(shape)).reshape(shape) % 256
    path = write_pair(tmp_path, encode(array), encode(labels(9)))
    split = idx.read_pair(path, tmp_path / "train-labels-idx1-ubyte")
    assert np.array_equal(split.x, array if shape[1] == 3 else np.moveaxis(array, 3, 1))


def test_a_folder_with_four_files_gives_train_and_test(tmp_path):
    write_pair(tmp_path, encode(pictures(12)), encode(labels(12)))
    write_pair(tmp_path, encode(pictures(5)), encode(labels(5)), "t10k")
    data = load(tmp_path, validation=2)
    assert (len(data.train), len(data.validation), len(data.test)) == (10, 2, 5)
    assert np.array_equal(data.test.x[:, 0], pictures(5))


@pytest.mark.parametrize("name", ["train-images.idx3-ubyte", "train-images-idx3-ubyte.gz", "letters-images.idx3"])
def test_the_labels_of_a_file_of_pictures_are_found_beside_it(tmp_path, name):
    (tmp_path / name).write_bytes(encode(pictures()))
    partner = name.replace("images", "labels").replace("idx3", "idx1")
    (tmp_path / partner).write_bytes(encode(labels()))
    data = load(tmp_path / name)
    assert len(data.train) + len(data.validation) + len(data.test) == 12


def test_files_with_mixed_spellings_belong_together(tmp_path):
    (tmp_path / "train-images.idx3-ubyte").write_bytes(encode(pictures()))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(encode(labels())))
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(encode(pictures(5)))
    (tmp_path / "t10k-labels.idx1-ubyte").write_bytes(encode(labels(5)))
    assert len(load(tmp_path).test) == 5


GOOD = encode(pictures())
GOOD_LABELS = encode(labels())
PACKED = gzip.compress(GOOD)


def replaced(content, at, value):
    return content[:at] + bytes([value]) + content[at + 1 :]


BROKEN_IMAGES = {
    "empty file": b"",
    "one byte": b"\0",
    "magic cut off": GOOD[:3],
    "header cut off": GOOD[:11],
    "header without data": GOOD[:16],
    "one byte too few": GOOD[:-1],
    "half of the data": GOOD[: len(GOOD) // 2],
    "one byte too many": GOOD + b"\0",
    "a second copy behind it": GOOD + GOOD,
    "first bytes not zero": replaced(GOOD, 0, 1),
    "unknown type code 10": replaced(GOOD, 2, 10),
    "type code 0": replaced(GOOD, 2, 0),
    "type says int32 but data is uint8": replaced(GOOD, 2, 12),
    "no dimensions": header(8) + b"\0",
    "255 dimensions": replaced(GOOD, 3, 255),
    "two dimensions": header(8, 12, 20) + bytes(240),
    "two channels": header(8, 2, 2, 2, 2) + bytes(16),
    "sizes that overflow 64 bits": header(8, 2**32 - 1, 2**32 - 1, 2**32 - 1) + bytes(100),
    "sizes that overflow to the true size": header(8, 2**31, 2**31, 4) + bytes(0),
    "sizes of terabytes": header(8, 2**20, 2**10, 2**10) + bytes(100),
    "little-endian sizes": b"\0\0\x08\x03" + struct.pack("<3I", 12, 5, 4) + bytes(240),
    "zero pictures": header(8, 0, 28, 28),
    "zero height": header(8, 12, 0, 4),
    "zero width": header(8, 12, 5, 0),
    "web page": b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head></html>",
    "web page after an empty line": b"\r\n\r\n<html>not found</html>",
    "packed web page": gzip.compress(b"<html><body>404</body></html>"),
    "text": b"this is not an IDX file at all",
    "truncated gzip": PACKED[: len(PACKED) // 2],
    "gzip without its trailer": PACKED[:-8],
    "gzip header only": PACKED[:10],
    "gzip magic only": PACKED[:2],
    "gzip with a wrong checksum": PACKED[:-8] + bytes(4) + PACKED[-4:],
    "gzip with a wrong length": PACKED[:-4] + bytes(4),
    "gzip with a flipped byte": replaced(PACKED, len(PACKED) // 2, PACKED[len(PACKED) // 2] ^ 255),
    "gzip of an unknown method": replaced(PACKED, 2, 7),
    "gzip of nothing": gzip.compress(b""),
    "gzip with garbage behind it": PACKED + b"garbage",
    "gzip bomb behind the data": gzip.compress(GOOD + bytes(50_000_000)),
    "gzip that promises more than it can hold": gzip.compress(header(8, 2**16, 2**8, 2**8) + bytes(100)),
    "gzip in gzip": gzip.compress(PACKED),
    "zip archive": b"PK\x03\x04" + bytes(200),
    "PNG picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "zlib without gzip": zlib.compress(GOOD),
    "float NaN": encode(np.where(pictures() == 7, np.nan, 0.5), "f4"),
    "float infinity": encode(np.where(pictures() == 7, np.inf, 0.5), "f8"),
    "float fractions beyond 1": encode(pictures() + 0.5, "f4"),
    "negative int16 pixels": encode(pictures() - 1, "i2"),
    "int32 pixels of 16 bits": encode(pictures() * 257, "i4"),
    "negative floats": encode(pictures() / 255 - 0.5, "f4"),
}

BROKEN_LABELS = {
    "labels empty": b"",
    "labels fewer than pictures": encode(labels(11)),
    "labels more than pictures": encode(labels(13)),
    "labels two-dimensional": encode(labels()[:, None]),
    "labels are the pictures": GOOD,
    "labels negative": encode(labels() - 1, "i1"),
    "labels float": encode(labels(), "f4"),
    "one label out of range": encode(np.where(np.arange(12) == 5, 200, labels())),
    "one label beyond all classes": encode(np.where(np.arange(12) == 5, 2**30, labels()), "i4"),
    "labels cut off": GOOD_LABELS[:-1],
    "labels with bytes left": GOOD_LABELS + b"\n",
    "labels a web page": b"<html>",
    "labels with a broken magic": replaced(GOOD_LABELS, 2, 1),
}


def refuse(path, *, names):
    """load must raise DataError that names the file and says what to do after a colon."""
    with pytest.raises(DataError) as caught:
        load(path)
    message = str(caught.value)
    assert names in message
    assert "\n" not in message
    assert message.rpartition(":")[2].strip() or ";" in message
    assert message.endswith(".")


@pytest.mark.parametrize("content", BROKEN_IMAGES.values(), ids=BROKEN_IMAGES)
def test_a_broken_file_of_pictures_is_refused(tmp_path, content):
    refuse(write_pair(tmp_path, content, GOOD_LABELS), names="train-images-idx3-ubyte")


@pytest.mark.parametrize("content", BROKEN_LABELS.values(), ids=BROKEN_LABELS)
def test_a_broken_file_of_labels_is_refused(tmp_path, content):
    write_pair(tmp_path, GOOD, content)
    refuse(tmp_path, names=str(tmp_path))


def test_swapped_images_and_labels_are_called_swapped(tmp_path):
    path = write_pair(tmp_path, GOOD_LABELS, GOOD)
    with pytest.raises(DataError, match="swapped"):
        load(path)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="is a folder"):
        idx.read_idx(tmp_path)


def test_missing_labels_are_named(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(GOOD)
    refuse(path, names="train-labels-idx1-ubyte")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing-idx3-ubyte.*check the path"):
        idx.read_idx(tmp_path / "nothing-idx3-ubyte")


def test_a_test_label_that_training_does_not_know_is_refused(tmp_path):
    write_pair(tmp_path, GOOD, GOOD_LABELS)
    write_pair(tmp_path, GOOD, encode(labels() + 9), "t10k")
    refuse(tmp_path, names="no training picture is of these classes")


@pytest.mark.parametrize("name", [name for name in BROKEN_IMAGES if "size" in name or "promises" in name])
def test_what_a_header_promises_is_not_allocated(tmp_path, name):
    path = tmp_path / "x"
    path.write_bytes(BROKEN_IMAGES[name])
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            idx.read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def read_or_refuse(path):
    """Read a file; only DataError may come out of it."""
    try:
        array = idx.read_idx(path)
    except DataError as error:
        message = str(error)
    else:
        message = str(path)
        assert array.size > 0 or 0 in array.shape
    assert str(path) in message


@settings(max_examples=150, deadline=None)
@given(content=st.one_of(st.binary(max_size=200), st.binary(max_size=60).map(lambda b: b"\0\0\x08" + b)))
def test_random_bytes_raise_nothing_but_data_errors(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random-idx"
    path.write_bytes(content)
    read_or_refuse(path)


@settings(max_examples=150, deadline=None)
@given(
    packed=st.booleans(),
    changes=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, 20),
)
def test_mutated_files_raise_nothing_but_data_errors(tmp_path_factory, packed, changes, cut):
    content = bytearray(PACKED if packed else GOOD)
    for at, value in changes:
        content[at % len(content)] = value
    path = tmp_path_factory.getbasetemp() / "mutated-idx"
    path.write_bytes(content[: len(content) - cut])
    read_or_refuse(path)


def test_sixteen_grey_levels_are_scaled_in_all_files_alike(tmp_path):
    for part, x in (("train", np.arange(60) % 17), ("t10k", np.arange(60) % 5)):
        pictures = x.astype(np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8)
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(
            struct.pack(">4B3I", 0, 0, 8, 3, 60, 4, 4) + pictures.tobytes()
        )
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(
            struct.pack(">4BI", 0, 0, 8, 1, 60) + bytes(i % 3 for i in range(60))
        )
    data = load(tmp_path, validation=0)
    assert data.train.x.max() == 255
    assert data.test.x.max() == 64  # 4 of 16, to the nearest of 256 levels
    assert any("largest pixel is 16" in note for note in data.notes)
