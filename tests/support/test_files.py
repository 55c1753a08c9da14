"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import io
import os
import re
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from numnist.support import files
from numnist.support.files import atomic_writer, write_atomically, write_new
from tests.broken_disk import KINDS, Disk


def test_a_file_is_written_and_folders_are_made(tmp_path):
    write_atomically(tmp_path / "a" / "b" / "c.bin", b"new")
    assert (tmp_path / "a" / "b" / "c.bin").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["c.bin"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")

    def fail():
        with atomic_writer(path) as file:
            file.write(b"half of the new")
            file.flush()
            assert path.read_bytes() == b"old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_has_the_rights_that_the_umask_gives(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "a.bin", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a.bin").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("name", ["n" * 250 + ".txt", "✏️" * 40, " a b.bin"])
def test_any_name_that_the_file_system_takes_is_taken(tmp_path, name):
    write_atomically(tmp_path / name, b"new")
    assert (tmp_path / name).read_bytes() == b"new"


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EFBIG, errno.EACCES])
def test_an_error_names_the_file_and_the_old_one_stays(tmp_path, monkeypatch, call, number):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")

    def fail(*arguments, **named):
        raise OSError(number, os.strerror(number))

    class Full(io.FileIO):
        write = fail

    place, name = {"fsync": (files.os, "fsync"), "replace": (Path, "replace")}.get(call, (Path, "open"))
    monkeypatch.setattr(place, name, (lambda path, mode: Full(path, mode)) if call == "write" else fail)
    with pytest.raises(OSError, match=re.escape(f"{os.strerror(number)}: {str(path)!r}") + "$"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot open folders")
def test_the_folder_is_flushed_after_the_new_name_is_in_it(tmp_path, monkeypatch):
    path, synced, fsync = tmp_path / "a.bin", [], os.fsync
    monkeypatch.setattr(files.os, "fsync", lambda fd: (synced.append((os.fstat(fd).st_ino, path.exists())), fsync(fd)))
    write_atomically(path, b"new")
    assert synced == [(path.stat().st_ino, False), (tmp_path.stat().st_ino, True)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot open folders")
@pytest.mark.parametrize(("number", "raised"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_a_file_system_that_flushes_no_folders_will_do(tmp_path, monkeypatch, number, raised):
    def fail(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(OSError, match="error") if raised else nullcontext():
        files.sync_folder(tmp_path, tmp_path / "a.bin")


def test_where_a_reader_has_the_file_open_it_is_replaced_a_moment_later(tmp_path, monkeypatch):
    """As on Windows, where a virus scanner opens every new file."""
    tries, slept, replace = [], [], Path.replace

    def busy_twice(self, target):
        tries.append(target)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "Access is denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy_twice)
    monkeypatch.setattr(files, "PAUSES", (0.01, 0.05, 0.2))
    monkeypatch.setattr(files.time, "sleep", slept.append)
    write_atomically(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert slept == [0.01, 0.05]


def test_what_killed_processes_left_half_written_is_removed_and_what_is_being_written_is_not(tmp_path):
    (tmp_path / "mine.part").write_bytes(b"no temporary file of ours")
    code = (
        "import os, signal, sys; from numnist.support.files import atomic_writer\n"
        "with atomic_writer(sys.argv[1]) as file:\n"
        "    file.write(b'half')\n"
        "    file.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, tmp_path / "a.bin"], env=environment)
    (dead,) = tmp_path.glob(".a.bin.*.part")
    with atomic_writer(tmp_path / "a.bin") as file:
        file.write(b"whole")
        files.remove_unfinished(tmp_path)
        assert not dead.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.bin", "mine.part"]
    assert (tmp_path / "a.bin").read_bytes() == b"whole"


def test_the_next_write_removes_what_a_killed_one_has_left_of_the_same_file(tmp_path):
    for name in (".a.bin.0123456789abcdef.part", ".a.bin.bak.0123456789abcdef.part", ".b.bin.0123456789abcdef.part"):
        (tmp_path / name).write_bytes(b"half")
    write_atomically(tmp_path / "a.bin", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".b.bin.0123456789abcdef.part", "a.bin"]


def test_a_file_that_is_taken_for_a_dead_ones_before_it_is_held_is_made_again(tmp_path, monkeypatch):
    """Another process looks for what killed ones have left between the two steps."""
    hold, removed = files._hold, []

    def late(file, wait):
        if wait and not removed:
            removed.append(file.name)
            Path(file.name).unlink()
        return hold(file, wait)

    monkeypatch.setattr(files, "_hold", late)
    write_atomically(tmp_path / "a.bin", b"new")
    assert removed
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no file that is open")
def test_a_file_is_held_until_it_has_its_name(tmp_path, monkeypatch):
    """Another process that writes the same one looks, just before, for what dead ones have left."""
    replace = files._replace

    def late(temporary, path):
        files.remove_unfinished(path.parent)
        replace(temporary, path)

    monkeypatch.setattr(files, "_replace", late)
    write_atomically(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"


def test_without_locks_nothing_is_taken_for_a_dead_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_hold", lambda file, wait: False)
    with atomic_writer(tmp_path / "a.bin") as file:
        file.write(b"one")
        write_atomically(tmp_path / "a.bin", b"other")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"one"]


@pytest.mark.parametrize("links", [True, False], ids=["", "without hard links"])
def test_a_new_file_takes_no_name_that_is_taken(tmp_path, monkeypatch, links):
    def fail(*names):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    if not links:
        monkeypatch.setattr(files.os, "link", fail)
    (tmp_path / "1").write_bytes(b"old")
    paths = [tmp_path / str(n) for n in (1, 2, 3)]
    assert [write_new(iter(paths), data) for data in (b"a", b"b")] == paths[1:]
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"old", b"a", b"b"]


@pytest.mark.parametrize("kind", KINDS[:-2])
def test_a_new_file_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch, kind):
    with monkeypatch.context() as patch:
        disk = Disk()
        disk.install(patch.setattr)
        write_new(iter([tmp_path / "a"]), b"new")
    (tmp_path / "a").unlink()
    for place in range(1, disk.count + 1):
        with monkeypatch.context() as patch:
            Disk(place, kind).install(patch.setattr)
            try:
                write_new(iter([tmp_path / "a"]), b"new")
            except OSError:
                written = []
            else:
                written = ["a"]
        assert [path.name for path in tmp_path.iterdir()] == written
        for path in tmp_path.iterdir():
            assert path.read_bytes() == b"new"
            path.unlink()


def test_a_new_file_removes_what_killed_processes_have_left_of_others(tmp_path):
    left = tmp_path / ".000001.png.0123456789abcdef.part"
    left.write_bytes(b"half")
    write_new(iter([tmp_path / "000002.png"]), b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["000002.png"]
