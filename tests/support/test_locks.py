"""Lock files: one owner at a time, and a dead one's lock is taken over, with and without the system's own locks."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys

import pytest

from numnist.support import locks
from numnist.support.locks import LockedError, locked
from tests.broken_disk import Disk

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has locks on every file system")


@pytest.fixture(params=["flock", "no flock"])
def path(tmp_path, monkeypatch, request):
    """A lock file on a file system with or without the system's own locks."""

    def fail(file):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    if request.param == "no flock":
        monkeypatch.setattr(locks, "_lock", fail)
    return tmp_path / "lock"


def test_one_holds_it_and_the_other_learns_who(path):
    with locked(path), pytest.raises(LockedError, match=f"process {os.getpid()}"), locked(path):
        pass
    with locked(path):  # it is free again
        pass


def test_it_is_free_after_an_error(path):
    with pytest.raises(KeyboardInterrupt), locked(path):
        raise KeyboardInterrupt
    with locked(path):
        pass


@pytest.fixture
def dead():
    """The number of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass
    return child.pid


def test_a_dead_owners_lock_is_taken_over(path, dead):
    path.write_text(str(dead), "utf-8")
    path.with_name("lock.owner").write_text(f"{dead} {socket.gethostname()}", "utf-8")
    with locked(path), pytest.raises(LockedError, match=f"process {os.getpid()}"), locked(path):
        pass


def test_an_owner_on_another_machine_is_believed(tmp_path, monkeypatch, dead):
    (tmp_path / "lock.owner").write_text(f"{dead} another-machine", "utf-8")
    with pytest.raises(LockedError, match="another-machine"), locks._owned(tmp_path / "lock.owner"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["lock.owner"]


def test_of_two_that_take_over_at_once_one_gets_it(tmp_path, monkeypatch, dead):
    """The other has the heir's file, and is a new owner before this one looks again."""
    path = tmp_path / "lock.owner"
    path.write_text(f"{dead} {socket.gethostname()}", "utf-8")
    alive = f"{os.getppid()} {socket.gethostname()}"
    heir = tmp_path / "lock.owner.heir"
    heir.write_text(alive, "utf-8")

    def done(seconds):
        heir.unlink()
        path.write_text(alive, "utf-8")

    monkeypatch.setattr(locks.time, "sleep", done)
    with pytest.raises(LockedError, match=alive), locks._owned(path):
        pass
    assert path.read_text("utf-8") == alive
    assert [each.name for each in tmp_path.iterdir()] == ["lock.owner"]


def test_an_owner_that_is_new_when_it_is_looked_at_again_stays(tmp_path, monkeypatch, dead):
    """Between the look at the dead owner and the heir's file another process has taken over."""
    path, mine = tmp_path / "lock.owner", tmp_path / "mine"
    path.write_text(f"{dead} {socket.gethostname()}", "utf-8")
    mine.write_text(f"{os.getpid()} {socket.gethostname()}", "utf-8")
    link = os.link

    def overtaken(*names):
        link(*names)
        path.write_text(f"{os.getppid()} {socket.gethostname()}", "utf-8")

    monkeypatch.setattr(locks.os, "link", overtaken)
    locks._take_over(path, mine)
    assert path.read_text("utf-8").startswith(str(os.getppid()))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["lock.owner", "mine"]


def test_what_processes_have_left_that_died_around_an_owners_file_is_removed(tmp_path, dead):
    path = tmp_path / "lock.owner"
    for name in ("lock.owner", "lock.owner.heir", f"lock.owner.{dead}-ab12cd34"):
        (tmp_path / name).write_text(f"{dead} {socket.gethostname()}", "utf-8")
    with locks._owned(path):
        assert len(list(tmp_path.iterdir())) == 2  # the owner's name, and its own file
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_names_the_owner_also_before_it_has_written_its_number(tmp_path, monkeypatch, dead):
    """The file has a dead owner's number, or none, until its new owner has written its own."""
    path = tmp_path / "lock"
    with path.open("w") as file:
        locks._lock(file)
        file.write(str(dead))
        file.flush()

        def written(seconds):
            path.write_text(str(os.getppid()), "utf-8")

        monkeypatch.setattr(locks.time, "sleep", written)
        with pytest.raises(LockedError, match=f"process {os.getppid()}"), locked(path):
            pass


def test_a_lock_that_cannot_be_written_names_its_file_and_leaves_none(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    disk = Disk(2, "no space")  # opened, and then written
    disk.install(monkeypatch.setattr)
    with pytest.raises(OSError, match=f"No space left on device: '{path}'"), locked(path):
        pass
    monkeypatch.undo()
    assert disk.failed[0] == "write"
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_disk_is_no_owner(tmp_path, monkeypatch):
    def fail(file):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(locks, "_lock", fail)
    with pytest.raises(OSError, match="Input/output error") as raised, locked(tmp_path / "lock"):
        pass
    assert not isinstance(raised.value, LockedError)


@pytest.mark.parametrize("before", ["free", "dead"])
@pytest.mark.parametrize("locks_of", ["the system", "files"])
def test_of_several_processes_that_want_it_at_once_one_gets_it(tmp_path, before, locks_of, dead):
    """benchmarks/two_at_once.py has more rounds, and the same for runs, sweeps, the cache and kept drawings."""
    code = (
        "import sys, errno; from pathlib import Path; from numnist.support import locks\n"
        "def fail(file): raise OSError(errno.ENOLCK, 'no locks')\n"
        f"if {locks_of == 'files'}: locks._lock = fail\n"
        "print(flush=True); sys.stdin.readline()\n"
        "try:\n"
        "    with locks.locked(Path('lock')): print('mine', flush=True); sys.stdin.readline()\n"
        "except locks.LockedError as error: print(error.owner.split()[0], flush=True)\n"
    )
    if before == "dead":
        (tmp_path / "lock").write_text(str(dead))
        (tmp_path / "lock.owner").write_text(f"{dead} {socket.gethostname()}")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    children = [
        subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment, text=True, bufsize=1,
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]  # fmt: skip
    for child in children:
        child.stdout.readline()
    for child in children:
        child.stdin.write("\n")
    said = {child.pid: child.stdout.readline().strip() for child in children}
    for child in children:
        child.communicate("\n", timeout=60)
    owner = next(pid for pid, text in said.items() if text == "mine")
    assert sorted(said.values()) == sorted(["mine", *[str(owner)] * 3])
    assert list(tmp_path.iterdir()) == (
        [tmp_path / "lock.owner"] if (before, locks_of) == ("dead", "the system") else []
    )


def test_a_lock_on_a_file_that_its_owner_has_just_removed_does_not_count(tmp_path, monkeypatch):
    path, lock, calls = tmp_path / "lock", locks._lock, []

    def late(file):
        if not calls:
            path.unlink()
        calls.append(file)
        lock(file)

    monkeypatch.setattr(locks, "_lock", late)
    with locked(path), pytest.raises(LockedError, match=f"process {os.getpid()}"), locked(path):
        pass
    assert len(calls) == 3  # in vain, again, and the other's
    assert not path.exists()
