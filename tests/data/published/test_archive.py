"""EMNIST's archive: downloaded once for all six data sets, and never trusted beyond the files that it should hold."""

from __future__ import annotations

import gzip
import socket
import zipfile
from pathlib import Path

import pytest

from numnist.data import load
from numnist.data.published.archive import extract
from numnist.data.published.catalog import CATALOG
from numnist.data.published.locations import VerificationError, identify_file
from numnist.data.registry import describe_one, fetch, import_files, present, verify
from numnist.support.errors import DataError, UnavailableError, UsageError
from tests.data.published.mirrors import FAULTS, Server, packed_on_the_way, packed_once_more
from tests.data.published.tiny import publish, publish_emnist, write


@pytest.fixture
def server(monkeypatch):
    """A server that has tiny EMNIST's archive at /0/."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("NUMNIST_OFFLINE", raising=False)
    made = Server()
    made.content["gzip.zip"] = publish_emnist(monkeypatch, mirrors=(f"http://127.0.0.1:{made.port}/0/",))
    yield made
    made.close()


@pytest.fixture
def content(monkeypatch):
    """Tiny EMNIST's archive; there is no network."""
    monkeypatch.setenv("NUMNIST_OFFLINE", "1")
    monkeypatch.setattr(socket, "socket", no_socket)
    return publish_emnist(monkeypatch)


def no_socket(*args, **kwargs):
    raise AssertionError("a socket was opened")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def files_of(name):
    return sorted(file.name for file in CATALOG[name].files)


def test_it_is_downloaded_once_for_all_and_only_what_is_asked_is_taken_out(server, tmp_path):
    told = []
    assert len(load("emnist-letters", progress=lambda *step: told.append(step)).test) == 24
    assert names(tmp_path / "cache") == ["emnist", "emnist-letters"]
    assert names(tmp_path / "cache" / "emnist-letters") == files_of("emnist-letters")
    assert told[-1] == ("gzip.zip", len(server.content["gzip.zip"]), len(server.content["gzip.zip"]))
    assert len(load("emnist-digits").test) == 24
    load("emnist-letters", offline=True)
    assert server.asked == ["/0/gzip.zip"]


def test_a_damaged_archive_in_the_cache_is_downloaded_again(server, tmp_path):
    load("emnist-letters")
    path = tmp_path / "cache" / "emnist" / "gzip.zip"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    load("emnist-digits")
    assert path.read_bytes() == server.content["gzip.zip"]
    assert len(server.asked) == 2


@pytest.mark.parametrize(("fault", "says"), FAULTS.values(), ids=FAULTS)
def test_when_the_mirror_fails_nothing_is_kept(server, tmp_path, fault, says):
    server.behaviours[0] = fault
    says = "not a .zip file" if fault in (packed_once_more, packed_on_the_way) else says
    with pytest.raises(UnavailableError, match=says) as caught:
        load("emnist-letters", patience=2.0)
    assert "Get gzip.zip from http://" in str(caught.value)
    assert "numnist data import PATH --name emnist-letters" in str(caught.value)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("folder", ["emnist", "EMNIST/raw", "."])
def test_an_archive_on_this_machine_is_used_without_a_network(content, tmp_path, folder):
    write(tmp_path / "given" / folder, {"gzip.zip": content})
    assert len(load("emnist-letters", data_dir=tmp_path / "given").test) == 24
    assert names(tmp_path / "cache") == ["emnist-letters"]
    assert load("emnist-letters").source == str(tmp_path / "cache")


def test_a_damaged_one_is_named_and_the_next_place_is_tried(content, tmp_path):
    damaged = write(tmp_path / "given", {"gzip.zip": content[:-1] + b"!"})
    with pytest.raises(UnavailableError, match=r"given.*gzip.zip is broken, or not the archive"):
        load("emnist-letters", data_dir=damaged)
    write(tmp_path / "data", {"gzip.zip": content})
    assert len(load("emnist-letters", data_dir=damaged).test) == 24


def test_what_is_in_an_archive_counts_as_found(content, tmp_path):
    assert not describe_one("emnist-letters").found
    write(tmp_path / "data", {"gzip.zip": content})
    assert describe_one("emnist-letters").where == str(Path("data") / "gzip.zip")


def lacking(members):
    return dict(list(members.items())[1:])


def swapped(members):
    first, second, *_ = members
    return members | {first: members[second], second: members[first]}


def bomb(members):
    return members | {name: content + bytes(50_000_000) for name, content in list(members.items())[:1]}


def climbing(members):
    return {name.replace("gzip/", "gzip/../../"): content for name, content in members.items()}


WRONG = {
    "lacking": (lacking, "cannot be unpacked"),
    "swapped": (swapped, "larger than the published file|is not the published file"),
    "bomb": (bomb, "larger than the published file"),
    "climbing": (climbing, "cannot be unpacked"),
}


@pytest.mark.parametrize(("change", "says"), WRONG.values(), ids=WRONG)
def test_an_archive_that_holds_something_else_is_refused(monkeypatch, tmp_path, change, says):
    """Although its own digest is right."""
    content = publish_emnist(monkeypatch, change=change)
    write(tmp_path / "data", {"gzip.zip": content})
    with pytest.raises(DataError, match=says):
        load("emnist-letters", offline=True)
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "data"]
    folder = tmp_path / "cache" / "emnist-letters"
    assert all(path.parent == folder and identify_file(path) for path in written), "files that are right may stay"


@pytest.mark.parametrize("at", [6, 8], ids=["password", "method"])
def test_an_archive_that_cannot_be_unpacked_is_refused(monkeypatch, tmp_path, at):
    monkeypatch.setattr("numnist.data.published.archive.is_archive", lambda path, archive: True)
    content = bytearray(publish_emnist(monkeypatch))
    for signature, offset in ((b"PK\x03\x04", at), (b"PK\x01\x02", at + 2)):
        start = 0
        while (start := content.find(signature, start)) >= 0:
            content[start + offset] |= 1 if at == 6 else 99
            start += 4
    (tmp_path / "gzip.zip").write_bytes(content)
    with pytest.raises(VerificationError, match="cannot be unpacked"):
        extract(tmp_path / "gzip.zip", CATALOG["emnist-letters"], tmp_path / "out")


def test_get_verify_and_list(server, tmp_path):
    assert fetch("EMNIST-letters") == tmp_path / "cache" / "emnist-letters"
    assert fetch("emnist-letters") == tmp_path / "cache" / "emnist-letters"
    assert len(server.asked) == 1
    assert [ok for _, ok, _ in verify("emnist-letters")] == [True] * 4
    assert present() == ["emnist-letters"]
    assert describe_one("emnist-letters").found
    path = tmp_path / "cache" / "emnist-letters" / files_of("emnist-letters")[2]
    path.write_bytes(path.read_bytes()[:-1])
    checks = {file: (ok, detail) for file, ok, detail in verify("emnist-letters")}
    assert not checks[path.name][0]
    assert "broken" in checks[path.name][1]
    assert "emnist-letters" in present()
    with pytest.raises(UsageError, match="cannot be downloaded"):
        fetch("emnist")


def test_the_archive_is_imported_under_any_name_for_one_data_set_at_a_time(content, tmp_path):
    downloaded = write(tmp_path / "downloads", {"emnist (1).zip": content}) / "emnist (1).zip"
    with pytest.raises(DataError, match=r"emnist-digits and emnist-letters: import one at a time with --name"):
        import_files(downloaded)
    assert import_files(downloaded, "emnist-letters").found
    downloaded.unlink()
    assert names(tmp_path / "cache" / "emnist-letters") == files_of("emnist-letters")
    assert len(load("emnist-letters").test) == 24


def test_files_of_the_archive_are_imported_packed_or_unpacked(monkeypatch, tmp_path):
    _, files = publish(monkeypatch, "emnist-letters")
    record = import_files(write(tmp_path / "packed", files))
    assert (record.name, record.found) == ("emnist-letters", True)
    (tmp_path / "cache").rename(tmp_path / "old")
    unpacked = {name.removesuffix(".gz"): gzip.decompress(content) for name, content in files.items()}
    with pytest.raises(DataError, match="no intact file"):
        import_files(write(tmp_path / "unpacked", unpacked))
    assert import_files(tmp_path / "unpacked", "EMNIST-letters").found
    assert all(ok and "no hash" in detail for _, ok, detail in verify("emnist-letters"))


def test_a_file_whose_size_is_not_published_is_downloaded_too(monkeypatch, tmp_path):
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("NUMNIST_OFFLINE", raising=False)
    server = Server()
    try:
        known, files = publish(monkeypatch, "qmnist", mirrors=(f"http://127.0.0.1:{server.port}/0/",))
        server.content |= files
        told = {}
        load("qmnist", progress=lambda file, done, total: told.setdefault(file, []).append((done, total)))
        for file in known.files:
            assert told[file.name][0][1] is None
            assert told[file.name][-1] == (len(files[file.name]),) * 2
        assert names(tmp_path / "cache" / "qmnist") == sorted(files)
    finally:
        server.close()


def test_the_zip_of_these_tests_is_one(content, tmp_path):
    with zipfile.ZipFile(write(tmp_path, {"gzip.zip": content}) / "gzip.zip") as archive:
        assert len(archive.namelist()) == 8
