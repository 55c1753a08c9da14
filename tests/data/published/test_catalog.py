"""The catalog and the places: a published file is known by its SHA-256, wherever it lies and however it is called."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from numnist.data import Dataset, load
from numnist.data.published.catalog import CATALOG, FASHION_MNIST, MNIST, identify
from numnist.data.published.locations import cache_dir, search_path
from numnist.data.published.records import algorithm, spellings
from numnist.support.errors import DataError

REAL = Path(os.environ.get("NUMNIST_DATA", "."))


@pytest.fixture
def elsewhere(monkeypatch):
    """The tests below say themselves where the real files are."""
    monkeypatch.delenv("NUMNIST_DATA", raising=False)
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")


def put(folder, name="mnist", only=None):
    """Copy the published files of a data set into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in CATALOG[name].files:
        if only is None or file.name in only:
            shutil.copyfile(REAL / name / file.name, folder / file.name)
    return folder


def unpack(folder, rename=lambda name: name):
    for path in list(folder.glob("*.gz")):
        content = gzip.decompress(path.read_bytes())
        path.unlink()
        (folder / rename(path.stem)).write_bytes(content)


@pytest.mark.parametrize("known", CATALOG.values(), ids=CATALOG)
def test_no_two_published_files_share_a_digest(known):
    files = [file for k in CATALOG.values() for file in k.files]
    digests = [digest for file in files for digest in (file.digest, file.unpacked_digest) if digest]
    assert len(set(digests)) == len(digests) == 48  # 8 of them of unpacked files
    assert all(re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}", digest) for digest in digests)
    for file in known.files:
        assert identify(file.digest) == (known, file.name)
        if file.unpacked_digest:
            assert identify(file.unpacked_digest) == (known, file.name.removesuffix(".gz"))
    assert identify("0" * 64) is None


@pytest.mark.parametrize("known", CATALOG.values(), ids=CATALOG)
def test_lecuns_own_host_is_never_asked(known):
    assert known.mirrors
    assert not any("lecun" in mirror for mirror in known.mirrors)
    assert all(mirror.endswith("/") for mirror in known.mirrors)


@pytest.mark.parametrize("known", CATALOG.values(), ids=CATALOG)
def test_what_is_downloaded_is_protected_by_sha_256(known):
    """MD5 is enough only for what comes out of an archive that is itself protected."""
    downloads = [known.archive] if known.archive else known.files
    assert {algorithm(file.digest) for file in downloads} == {"sha256"}


@pytest.mark.parametrize("known", CATALOG.values(), ids=CATALOG)
def test_names_that_several_data_sets_use_are_said_to_be_no_sign_of_one(known):
    others = [file.name for k in CATALOG.values() if k is not known for file in k.files]
    assert known.own_names == all(file.name not in others for file in known.files)


def test_the_classes_of_emnist_are_those_of_its_mappings():
    classes = {name: "".join(known.classes) for name, known in CATALOG.items() if name.startswith("emnist")}
    assert classes["emnist-byclass"] == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    assert classes["emnist-bymerge"] == classes["emnist-balanced"]
    assert classes["emnist-balanced"] == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"
    assert classes["emnist-letters"] == "abcdefghijklmnopqrstuvwxyz"
    assert classes["emnist-digits"] == classes["emnist-mnist"] == "0123456789"
    assert CATALOG["emnist-letters"].first_label == 1


def test_each_spelling_leads_to_all_others():
    names = spellings("train-images-idx3-ubyte.gz")
    assert "train-images.idx3-ubyte" in names
    assert all(set(spellings(name)) == set(names) for name in names)


def test_folders_are_searched_in_the_order_that_is_promised(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMNIST_DATA", str(tmp_path / "env"))
    assert list(search_path(tmp_path / "arg").values()) == [
        tmp_path / "arg",
        tmp_path / "env",
        Path("data"),
        cache_dir(),
    ]


def test_the_cache_is_the_users_own_unless_told(monkeypatch):
    monkeypatch.delenv("NUMNIST_CACHE")
    assert cache_dir().is_absolute()
    assert "numnist" in str(cache_dir()).lower()


@pytest.mark.mnist
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_the_published_data_sets_are_what_everybody_means(name):
    data = load(name)
    assert isinstance(data, Dataset)
    assert (len(data.train), len(data.validation), len(data.test)) == (50_000, 10_000, 10_000)
    assert data.shape == (1, 28, 28)
    assert data.train.x.dtype == np.uint8
    assert data.train.labels.dtype == np.int64
    assert data.classes == CATALOG[name].classes
    assert np.bincount(data.test.labels).sum() == 10_000


@pytest.mark.mnist
def test_the_first_digits_of_mnist_and_the_clothes_of_fashion():
    digits, clothes = load("mnist"), load("fashion-mnist")
    assert digits.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert digits.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert [clothes.classes[i] for i in clothes.train.labels[:3]] == ["Ankle boot", "T-shirt/top", "T-shirt/top"]
    assert (digits.preparation, clothes.preparation) == ("digits", "photo")


@pytest.mark.mnist
def test_validation_is_the_end_of_the_training_pictures():
    all_, some = load("mnist", validation=0), load("mnist", validation=123)
    assert len(all_.train) == 60_000
    assert np.array_equal(all_.train.x[-123:], some.validation.x)
    assert np.array_equal(all_.train.labels[-123:], some.validation.labels)


@pytest.mark.mnist
@pytest.mark.parametrize("where", ["data", "data/mnist", "cache", "cache/mnist", "given", "given/mnist"])
def test_each_place_may_hold_the_files_or_a_folder_with_them(elsewhere, tmp_path, where):
    put(tmp_path / where)
    data = load("mnist", data_dir=tmp_path / "given")
    assert data.source == str(tmp_path / where.removesuffix("/mnist"))


@pytest.mark.mnist
@pytest.mark.parametrize(
    "rename",
    [lambda n: n, lambda n: n.replace("-idx", ".idx"), lambda n: n + ".gz"],
    ids=["unpacked", "7-Zip's name", "unpacked under the .gz name"],
)
def test_unpacked_files_are_known_too(elsewhere, tmp_path, rename):
    unpack(put(tmp_path / "data"), rename)
    assert len(load("mnist").test) == 10_000


@pytest.mark.mnist
@pytest.mark.parametrize("unpacked", [False, True], ids=["packed", "unpacked"])
@pytest.mark.parametrize("where", ["fashion", "mnist"])
def test_fashion_files_are_never_read_as_mnist(elsewhere, tmp_path, where, unpacked):
    put(tmp_path / where, "fashion-mnist")
    if unpacked:
        unpack(tmp_path / where)
    with pytest.raises(DataError, match="fashion-mnist's train-images"):
        load("mnist", data_dir=tmp_path if where == "mnist" else tmp_path / where)
    assert load("fashion-mnist", data_dir=tmp_path / where).name == "fashion-mnist"


@pytest.mark.mnist
def test_a_broken_file_is_reported_and_the_next_place_is_searched(elsewhere, tmp_path):
    put(tmp_path / "given")
    put(tmp_path / "data")
    path = tmp_path / "given" / MNIST.files[2].name
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    assert load("mnist", data_dir=tmp_path / "given").source == str(tmp_path / "data")
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(DataError, match=r"given\): t10k-images-idx3-ubyte.gz is broken"):
        load("mnist", data_dir=tmp_path / "given")


def test_what_is_unavailable_names_each_thing_tried_and_what_to_do(elsewhere, tmp_path, monkeypatch):
    monkeypatch.setenv("NUMNIST_DATA", str(tmp_path / "env"))
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError) as caught:
        load("mnist", data_dir=tmp_path / "given")
    message = str(caught.value)
    for part in (
        f"data_dir ({tmp_path / 'given'}): no such folder",
        f"$NUMNIST_DATA ({tmp_path / 'env'}): no such folder",
        "./data (data): no train-images-idx3-ubyte.gz",
        f"the cache ({tmp_path / 'cache'}): no such folder",
        "download: not tried",
        "numnist data import PATH",
    ):
        assert part in message
    assert "\n" not in message


@pytest.mark.parametrize("place", ["null\0byte", "x" * 5000, ""])
def test_an_impossible_folder_is_one_more_place_tried(elsewhere, place):
    with pytest.raises(DataError, match="data_dir"):
        load("mnist", data_dir=place)


@pytest.mark.mnist
def test_loading_mnist_is_quick():
    load("mnist")
    start = time.process_time()
    load("mnist")
    assert time.process_time() - start < 2.0  # because 0.2 s is usual and the machine may be busy


def test_importing_the_data_package_imports_no_network_and_no_pillow():
    code = "import sys, numnist.data; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"requests", "urllib3", "PIL", "platformdirs", "http.client", "ssl", "socket"} & set(loaded)


def test_fashion_has_its_ten_names():
    assert len(FASHION_MNIST.classes) == 10
    assert FASHION_MNIST.classes[9] == "Ankle boot"
