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
    """The other reads the dead owner's name just before the first one takes its place."""
    path = tmp_path / "lock.owner"
    path.write_text(f"{dead} {socket.gethostname()}", "utf-8")
    alive = f"{os.getppid()} {socket.gethostname()}"

    def overtaken(owner):
        if owner != alive:
            path.write_text(alive, "utf-8")
        return owner == alive

    monkeypatch.setattr(locks, "_lives", overtaken)
    with pytest.raises(LockedError, match=alive), locks._owned(path):
        pass
    assert path.read_text("utf-8") == alive
