"""Pictures: whatever a file format does, the array is what the eye sees; what cannot be read is refused."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from numnist.data.formats.image import read_picture
from numnist.support.errors import DataError

GREY = (np.arange(20 * 30) % 256).astype(np.uint8).reshape(20, 30)
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], axis=2)


def encode(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def image(array, mode=None):
    picture = Image.fromarray(array)
    return picture.convert(mode) if mode else picture


PNG = encode(image(GREY))
JPEG = encode(image(GREY), "JPEG")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "PPM"])
def test_lossless_formats_give_every_pixel_back(kind):
    assert np.array_equal(read_picture(encode(image(GREY), kind)), GREY)


def test_webp_without_loss_gives_every_pixel_back():
    assert np.array_equal(read_picture(encode(image(COLOUR), "WEBP", lossless=True)), COLOUR)


def test_colour_stays_colour():
    assert np.array_equal(read_picture(encode(image(COLOUR))), COLOUR)


def test_a_path_is_read_like_bytes(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    assert np.array_equal(read_picture(tmp_path / "a.png"), GREY)
    assert np.array_equal(read_picture(str(tmp_path / "a.png")), GREY)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_grey_comes_as_grey_however_it_is_stored(mode):
    assert np.array_equal(read_picture(encode(image(GREY, mode))), GREY)


def test_black_and_white_is_0_and_255():
    ink = GREY > 100
    assert np.array_equal(read_picture(encode(Image.fromarray(ink))), ink * 255)


def test_16_bits_are_scaled_to_8_not_cut():
    deep = np.linspace(0, 65535, 600).reshape(20, 30).astype(np.uint16)
    assert np.array_equal(read_picture(encode(Image.fromarray(deep))), np.rint(deep / 257))


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
def test_fewer_bits_in_a_file_of_16_are_scaled_too_and_that_is_said(bits):
    most = (1 << bits) - 1
    deep = np.linspace(0, most, 600).reshape(20, 30).astype(np.uint16)
    for suffix in ("PNG", "TIFF"):
        with pytest.warns(UserWarning, match=f"taken for pictures of {bits} bits"):
            read = read_picture(encode(Image.fromarray(deep), suffix))
        assert np.array_equal(read, np.rint(deep * (255 / most)))


@pytest.mark.parametrize("high", [300, 1500, 5000, 20_000])
def test_between_two_depths_nothing_is_guessed(high):
    deep = np.linspace(0, high, 600).reshape(20, 30).astype(np.uint16)
    if high > 1 << 14:
        assert read_picture(encode(Image.fromarray(deep))).max() == round(high / 257)  # a dark picture of 16 bits
    else:
        with pytest.raises(DataError, match="may be a dark picture"):
            read_picture(encode(Image.fromarray(deep)))


def test_black_of_16_bits_is_black():
    assert read_picture(encode(Image.fromarray(np.full((20, 30), 100, np.uint16)))).max() == 0


def test_floats_from_0_to_1_are_scaled():
    deep = np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    assert np.array_equal(read_picture(encode(Image.fromarray(deep), "TIFF")), np.rint(deep * 255))


def test_transparent_is_white_paper():
    x = np.zeros((4, 4, 4), np.uint8)  # black ink everywhere,
    x[:, :2, 3] = 255  # opaque on the left
    assert np.array_equal(read_picture(encode(Image.fromarray(x)))[0], [0, 0, 255, 255])


def test_a_transparent_palette_entry_is_white_paper():
    palette = Image.new("P", (4, 4), 0)
    palette.putpalette([0, 0, 0, 90, 90, 90])
    palette.putpixel((0, 0), 1)
    x = read_picture(encode(palette, transparency=0))
    assert (x[0, 0], x[1, 1]) == (90, 255)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_is_turned_as_its_exif_says(turn):
    undo = {
        1: lambda x: x,
        2: np.fliplr,
        3: lambda x: np.rot90(x, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda x: np.rot90(x, 1),
        7: lambda x: np.rot90(x, 2).T,
        8: lambda x: np.rot90(x, -1),
    }[turn]
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = np.ascontiguousarray(undo(GREY))
    assert np.array_equal(read_picture(encode(image(stored), "PNG", exif=exif)), GREY)


def test_cmyk_becomes_colour():
    red = Image.new("CMYK", (3, 3), (0, 255, 255, 0))
    assert read_picture(encode(red, "TIFF"))[1, 1].tolist() == [255, 0, 0]


def test_of_an_animation_the_first_picture_is_taken():
    frames = [Image.new("L", (5, 5), value) for value in (10, 200, 250)]
    assert (read_picture(encode(frames[0], "GIF", save_all=True, append_images=frames[1:])) == 10).all()


def claiming(width, height):
    """A small PNG whose header claims a size."""
    chunk = b"IHDR" + struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    return PNG[:12] + chunk + struct.pack(">I", zlib.crc32(chunk)) + PNG[33:]


BROKEN = {
    "empty": b"",
    "one byte": b"\x89",
    "PNG signature only": PNG[:8],
    "PNG cut in the header": PNG[:20],
    "PNG cut in the data": PNG[: len(PNG) // 2],
    "PNG without end of data": PNG[:60],
    "PNG with a wrong checksum": PNG[:-30] + bytes([PNG[-30] ^ 1]) + PNG[-29:],
    "PNG that claims zero width": claiming(0, 5),
    "PNG that claims 60 megapixels": claiming(10_000, 6_000),
    "PNG that claims 100 megapixels": claiming(10_000, 10_000),
    "PNG that claims 10 gigapixels": claiming(100_000, 100_000),
    "JPEG cut off": JPEG[: len(JPEG) // 2],
    "JPEG header only": JPEG[:20],
    "text": b"this is a text file that somebody called .png\n",
    "web page": b"<html><body>not found</body></html>",
    "SVG drawing": b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="5"/></svg>',
    "PDF": b"%PDF-1.7\n" + bytes(100),
    "PostScript, which Pillow would give to another program": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "zip archive": b"PK\x03\x04" + bytes(100),
    "zeros": bytes(1000),
    "random bytes": np.random.default_rng(0).bytes(1000),
    "GIF cut off": encode(image(GREY), "GIF")[:30],
    "BMP cut off": encode(image(GREY), "BMP")[:100],
    "TIFF cut off": encode(image(GREY), "TIFF")[:50],
    "WEBP cut off": encode(image(GREY), "WEBP", lossless=True)[:40],
    "float TIFF of no known range": encode(Image.fromarray(np.full((4, 4), 300, np.float32)), "TIFF"),
    "float TIFF with NaN": encode(Image.fromarray(np.full((4, 4), np.nan, np.float32)), "TIFF"),
    "TIFF with negative numbers": encode(Image.fromarray(np.full((4, 4), -1, np.int32)), "TIFF"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_picture_is_refused(tmp_path, content):
    path = tmp_path / "drawing.png"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_picture(path)
    message = str(caught.value)
    assert str(path) in message
    assert "save it again" in message or "make it smaller" in message


def test_the_name_of_bytes_is_in_the_message():
    with pytest.raises(DataError, match="the upload is empty"):
        read_picture(b"", "the upload")


def test_a_folder_is_not_a_picture(tmp_path):
    with pytest.raises(DataError, match="is not a file"):
        read_picture(tmp_path)


@pytest.mark.parametrize("path", ["missing.png", "null\0byte.png", "x" * 5000])
def test_a_missing_picture_is_refused(path):
    with pytest.raises(DataError, match="check the path"):
        read_picture(path)


def test_a_picture_that_claims_to_be_huge_is_not_unpacked():
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read_picture(claiming(10_000, 8_000))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", [PNG, JPEG, encode(image(GREY), "TIFF")], ids=["PNG", "JPEG", "TIFF"])
def test_pictures_are_unpacked_up_to_a_size(monkeypatch, content):
    monkeypatch.setattr("numnist.data.formats.image.MAX_PIXELS", GREY.size)
    assert read_picture(content).shape == GREY.shape
    monkeypatch.setattr("numnist.data.formats.image.MAX_PIXELS", GREY.size - 1)
    with pytest.raises(DataError, match="30×20 pixels, more than the 599"):
        read_picture(content)


@settings(max_examples=100, deadline=None)
@given(
    original=st.sampled_from([PNG, JPEG, encode(image(COLOUR), "TIFF"), encode(image(GREY), "GIF")]),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4),
    cut=st.integers(0, 30),
)
def test_mutated_pictures_raise_nothing_but_data_errors(original, changes, cut):
    content = bytearray(original)
    for at, value in changes:
        content[at % len(content)] = value
    try:
        x = read_picture(bytes(content[: len(content) - cut]))
    except DataError:
        return
    assert x.dtype == np.uint8
    assert x.ndim in (2, 3)
