"""load and what `numnist data` does: one word for all kinds of data, and data of your own kept under a name."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numnist.data import Split, load
from numnist.data.dataset import RawDataset, make_dataset
from numnist.data.load import names
from numnist.data.published.catalog import CATALOG, MNIST
from numnist.data.registry import describe, fetch, import_files, verify
from numnist.support.errors import DataError, UsageError

REAL = Path(os.environ.get("NUMNIST_DATA", "."))


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")


def raw(n=36, shape=(1, 5, 4), classes=3, **more):
    """Pictures that differ, sorted by class as files often are."""
    x = np.arange(n, dtype=np.uint8)[:, None, None, None] * np.ones(shape, np.uint8)
    return RawDataset(Split(x, np.sort(np.arange(n) % classes)), **more)


def csv_file(path, n=36):
    path.write_text("".join(f"{i % 3}," + ",".join([str(i)] * 16) + "\n" for i in range(n)))
    return path


def test_one_in_six_is_kept_for_the_test_and_of_the_rest_for_validation():
    data = make_dataset("own", raw(), None, "here")
    assert (len(data.train), len(data.validation), len(data.test)) == (25, 5, 6)
    assert (data.name, data.source, data.classes) == ("own", "here", ("0", "1", "2"))


def test_every_picture_is_in_exactly_one_split_with_its_label():
    given = raw()
    data = make_dataset("own", given, 7, "here")
    x = np.concatenate([split.x[:, 0, 0, 0] for split in (data.train, data.validation, data.test)])
    labels = np.concatenate([split.labels for split in (data.train, data.validation, data.test)])
    assert sorted(x) == list(range(36))
    assert np.array_equal(given.train.labels[x], labels)
    assert len(data.validation) == 7


def test_pictures_sorted_by_class_are_shuffled_before_any_are_taken():
    data = make_dataset("own", raw(300), None, "here")
    for split in (data.train[:50], data.validation, data.test):
        assert set(split.labels) == {0, 1, 2}


def test_the_split_is_the_same_every_time():
    assert make_dataset("a", raw(), None, "").sha256 == make_dataset("b", raw(), None, "").sha256


def test_the_hash_is_of_pixels_labels_and_classes():
    data = make_dataset("own", raw(), None, "")
    train = data.train
    others = [
        replace(data, train=Split(train.x + 1, train.labels)),
        replace(data, train=Split(train.x, (train.labels + 1) % 3)),
        replace(data, test=Split(data.test.x, (data.test.labels + 1) % 3)),
        replace(data, classes=("a", "b", "c")),
    ]
    assert len({each.sha256 for each in (data, *others)}) == 5
    assert replace(data, name="another").sha256 == data.sha256


def test_a_test_split_that_is_given_is_left_as_it_is():
    test = raw(10).train
    data = make_dataset("own", raw(test=test), None, "here")
    assert data.test is test
    assert len(data.train) + len(data.validation) == 36


def test_no_validation_can_be_asked_for():
    data = make_dataset("own", raw(), 0, "here")
    assert (len(data.train), len(data.validation)) == (30, 0)


@pytest.mark.parametrize("n", [1, 5])
def test_too_few_pictures_to_split_are_refused(n):
    with pytest.raises(DataError, match="too few"):
        make_dataset("own", raw(n, classes=1), None, "here")


def test_bytes_in_one_split_and_floats_in_another_are_refused():
    test = Split(np.zeros((4, 1, 5, 4), np.float32), np.arange(4) % 3)
    with pytest.raises(DataError, match="float32 but those to train with are uint8"):
        make_dataset("own", raw(test=test), None, "here")


@pytest.mark.parametrize("validation", [-1, 30, 10**9])
def test_a_validation_that_leaves_nothing_is_refused(validation):
    with pytest.raises(UsageError, match="validation="):
        make_dataset("own", raw(), validation, "here")


def test_digits_made_like_mnists_are_to_be_prepared_like_them():
    frame = np.zeros((1, 28, 28), np.uint8)
    frame[:, 6:-6, 6:-6] = 1
    assert make_dataset("a", raw(shape=(1, 28, 28), classes=10), None, "").preparation == "plain"
    like = raw(classes=10)
    like = RawDataset(Split(like.train.x[:, :, :1, :1] * frame, like.train.labels))
    assert make_dataset("a", like, None, "").preparation == "digits"
    assert make_dataset("a", RawDataset(like.train, classes=tuple("abcdefghij")), None, "").preparation == "plain"


def test_a_string_or_a_path_is_read_from_anywhere(tmp_path):
    path = csv_file(tmp_path / "a.csv")
    assert load(path).sha256 == load(str(path)).sha256 == load("a.csv").sha256
    assert load(path).name == "a.csv"


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(DataError, match=r"'mnits'.*mnist, fashion-mnist, .*emnist-letters, .*strokes"):
        load("mnits")


@pytest.mark.parametrize("name", ["", "null\0byte", "x" * 5000, "../../etc", "~", "."])
def test_an_impossible_name_is_refused(name):
    with pytest.raises(DataError):
        load(name)


@pytest.mark.parametrize("suffix", [".txt", ".pkl", ".zip", ""])
def test_a_file_of_another_kind_is_refused(tmp_path, suffix):
    (tmp_path / f"own{suffix}").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(DataError, match="of no format that numnist reads"):
        load(tmp_path / f"own{suffix}")


def test_strokes_need_no_file_and_share_60000_between_training_and_validation(monkeypatch):
    monkeypatch.setattr("numnist.data.strokes.drawing.load_strokes", lambda **sizes: sizes)
    assert load("strokes", validation=10) == {"train": 59_990, "validation": 10}
    with pytest.raises(UsageError, match="60,000"):
        load("strokes", validation=60_000)


def test_own_data_is_imported_under_a_name_and_loads_from_any_folder(tmp_path, monkeypatch):
    record = import_files(csv_file(tmp_path / "a.csv"), "letters")
    assert (record.name, record.kind, record.found) == ("letters", "imported", True)
    before = load(tmp_path / "a.csv")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "a.csv").unlink()
    after = load("letters")
    assert after.sha256 == before.sha256
    assert after.name == "letters"
    assert "letters" in names()
    assert verify("letters") == [("letters.npz", True, record.where)]
    assert (record.sizes, record.shape, record.classes) == ((30, 6), (1, 4, 4), ("0", "1", "2"))


def test_a_damaged_import_is_noticed(tmp_path):
    record = import_files(csv_file(tmp_path / "a.csv"), "letters")
    Path(record.where).write_bytes(b"damaged")
    [(_, ok, detail)] = verify("letters")
    assert not ok
    assert "not an .npz archive" in detail
    assert not {record.name: record for record in describe()}["letters"].found


@pytest.mark.parametrize("name", ["strokes", "../escape", "a/b", ".hidden", "", "a b", "null\0"])
def test_a_name_that_cannot_be_kept_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="letters, digits"):
        import_files(csv_file(tmp_path / "a.csv"), name)


def test_importing_nothing_known_says_how_to_name_it(tmp_path):
    with pytest.raises(DataError, match=r"--name NAME"):
        import_files(csv_file(tmp_path / "a.csv"))


@pytest.mark.parametrize("name", [None, "mnist", "own"])
def test_importing_what_does_not_exist_is_refused(tmp_path, name):
    with pytest.raises(DataError, match="does not exist"):
        import_files(tmp_path / "missing", name)


def test_a_file_of_the_right_name_and_size_but_other_content_is_not_imported(tmp_path):
    (tmp_path / MNIST.files[3].name).write_bytes(bytes(MNIST.files[3].size or 0))
    with pytest.raises(DataError, match="no intact file of"):
        import_files(tmp_path)


def test_everything_known_is_described_though_nothing_is_at_hand():
    records = {record.name: record for record in describe()}
    assert list(records) == [*CATALOG, "strokes"]
    assert not records["mnist"].found
    assert "the cache" in records["mnist"].detail
    assert records["fashion-mnist"].licence == "MIT"
    assert records["fashion-mnist"].classes[1] == "Trouser"
    assert records["strokes"].found


def test_verify_says_why_each_file_is_not_at_hand():
    checks = verify("mnist")
    assert [name for name, _, _ in checks] == [file.name for file in MNIST.files]
    assert not any(ok for _, ok, _ in checks)
    assert all("no such folder" in detail for _, _, detail in checks)


@pytest.mark.parametrize("function", [verify, fetch])
def test_an_unknown_data_set_cannot_be_verified_or_fetched(function):
    with pytest.raises(UsageError, match="'mnits'"):
        function("mnits")


def test_strokes_are_always_in_order():
    assert [ok for _, ok, _ in verify("strokes")] == [True]


def test_a_cache_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="cannot be imported into"):
        import_files(csv_file(tmp_path / "a.csv"), "letters")


@pytest.mark.mnist
@pytest.mark.parametrize("unpacked", [False, True])
def test_files_of_any_name_are_imported_by_their_hash(tmp_path, monkeypatch, unpacked):
    monkeypatch.delenv("NUMNIST_DATA")
    (tmp_path / "downloads" / "deep").mkdir(parents=True)
    for i, file in enumerate(MNIST.files):
        content = (REAL / "mnist" / file.name).read_bytes()
        (tmp_path / "downloads" / "deep" / f"{i}.bin").write_bytes(gzip.decompress(content) if unpacked else content)
    record = import_files(tmp_path / "downloads")
    assert (record.name, record.found) == ("mnist", True)
    assert all(ok for _, ok, _ in verify("mnist"))
    shutil.rmtree(tmp_path / "downloads")
    assert load("mnist").source == str(tmp_path / "cache")


@pytest.mark.mnist
def test_one_file_at_a_time_can_be_imported(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMNIST_DATA")
    for i, file in enumerate(MNIST.files):
        record = import_files(REAL / "mnist" / file.name)
        assert record.found == (i == 3)
    assert len(load("mnist").test) == 10_000


@pytest.mark.mnist
def test_a_folder_with_both_data_sets_needs_a_name(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMNIST_DATA")
    with pytest.raises(DataError, match="fashion-mnist and mnist"):
        import_files(REAL)
    assert import_files(REAL, "fashion-mnist").found
    assert not {record.name: record for record in describe()}["mnist"].found


@pytest.mark.mnist
def test_mnist_as_csv_is_recognised_as_digits_and_fashion_is_not(tmp_path):
    for name, expected in (("mnist", "digits"), ("fashion-mnist", "plain")):
        test = load(name).test[:200]
        lines = [",".join(map(str, [label, *x.ravel()])) for x, label in zip(test.x, test.labels)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines))
        data = load(tmp_path / f"{name}.csv")
        assert data.preparation == expected
        assert data.shape == (1, 28, 28)


@pytest.mark.mnist
def test_a_path_to_mnists_files_is_read_like_anybodys(tmp_path):
    for file in MNIST.files:
        shutil.copyfile(REAL / "mnist" / file.name, tmp_path / file.name)
    data = load(tmp_path)
    assert (len(data.train), len(data.validation), len(data.test)) == (50_000, 10_000, 10_000)
    assert np.array_equal(data.test.x, load("mnist").test.x)


def test_the_known_sizes_are_those_of_the_idx_format():
    images, labels, tables = (len(struct.pack(f">4B{n}I", *[0] * (4 + n))) for n in (3, 1, 2))
    for known in CATALOG.values():
        rows = [labels + n if known.label_columns == 1 else tables + n * 8 * 4 for n in known.sizes]
        pictures = [images + n * 784 for n in known.sizes]
        assert [file.unpacked_size for file in known.files] == [pictures[0], rows[0], pictures[1], rows[1]]


def test_data_with_validation_pictures_of_its_own_keeps_another_number_when_asked(tmp_path):
    x = np.arange(60, dtype=np.uint8).reshape(60, 1, 1).repeat(4, 1).repeat(4, 2)
    labels = np.arange(60) % 3
    np.savez(
        "mine.npz",
        x_train=x[:40],
        y_train=labels[:40],
        x_val=x[40:50],
        y_val=labels[40:50],
        x_test=x[50:],
        y_test=labels[50:],
    )
    assert [len(s) for s in (load("mine.npz").train, load("mine.npz").validation)] == [40, 10]
    data = load("mine.npz", validation=20)
    assert [len(s) for s in (data.train, data.validation, data.test)] == [30, 20, 10]
    seen = np.concatenate([data.train.x, data.validation.x])[:, 0, 0, 0]
    assert sorted(seen) == list(range(50)), "no picture is lost or doubled, and no test picture among them"
