"""Ranks under faults: a clear error, no process left, no memory left, whoever dies and however."""

from __future__ import annotations

import gc
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numnist import Model, RankError, Settings, train
from numnist.support.shared_memory import SharedMemory
from numnist.training.parallel.ranks import Other
from tests.small import MLP, dataset, everything
from tests.training.foreign import Failing, Killed

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits for processes as Linux can")
ROOT = Path(__file__).parents[2]
PATIENCE = 30  # seconds after which a process counts as left behind: no test takes that long


@pytest.fixture
def others(ranks, monkeypatch):
    """The other ranks of the trainings of a test."""
    found, start = [], Other.__init__

    def note(self, *arguments):
        start(self, *arguments)
        found.append(self)

    monkeypatch.setattr(Other, "__init__", note)
    return found


def started(threads=3, **settings):
    """A training after its first step, and its model."""
    model = Model(MLP, dataset())
    events = train(model, dataset(), Settings(**everything(epochs=50, lanes=4) | settings), threads=threads)
    next(events)
    return events, model


def assert_ended(others):
    assert others
    for other in others:
        assert other.process.returncode is not None
        assert not Path(f"/proc/{other.process.pid}").exists()


def test_a_rank_that_is_killed_ends_the_training_with_an_error(others):
    events, _ = started()
    os.kill(others[0].process.pid, signal.SIGKILL)
    with pytest.raises(RankError, match="was killed by signal 9, perhaps because memory is short"):
        list(events)
    assert_ended(others)


def test_a_rank_that_is_killed_while_it_computes_ends_the_training_with_an_error(others):
    with pytest.raises(RankError, match="killed by signal 9"):
        started(augment=Killed(os.getpid()))
    assert_ended(others)


def test_a_rank_that_is_killed_before_it_is_ready_ends_the_training_with_an_error(others, monkeypatch):
    start = Other.__init__

    def killed(self, *arguments):
        start(self, *arguments)
        self.process.kill()

    monkeypatch.setattr(Other, "__init__", killed)
    with pytest.raises(RankError, match="killed by signal 9"):
        started()
    assert_ended(others)


def test_memory_that_is_short_in_a_rank_is_an_error_of_memory(others):
    with pytest.raises(MemoryError, match="planted"):
        started(augment=Failing(os.getpid(), MemoryError))
    assert_ended(others)


def test_the_model_is_the_users_after_a_rank_has_died(others):
    events, model = started()
    last = model.theta.copy()
    os.kill(others[0].process.pid, signal.SIGKILL)
    with pytest.raises(RankError):
        list(events)
    assert np.isfinite(model.theta).all()
    assert model.theta.base is None  # not the memory that processes shared
    assert last.shape == model.theta.shape


def test_an_error_in_the_users_loop_ends_all_ranks(others):
    def loop():
        for _ in started()[0]:
            raise ZeroDivisionError("planted")

    with pytest.raises(ZeroDivisionError):
        loop()
    gc.collect()
    assert_ended(others)


def test_a_generator_that_is_dropped_ends_all_ranks(others):
    events, _ = started()
    del events
    gc.collect()
    assert_ended(others)


def test_a_copy_of_the_process_that_is_forked_leaves_the_ranks_alone(others):
    events, _ = started()
    pid = os.fork()
    if pid == 0:
        try:
            next(events)
        except RankError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    next(events)
    assert all(other.process.poll() is None for other in others)
    events.close()
    assert_ended(others)


def mapped_in_dev_shm(pid):
    return {line.split()[-1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if "/dev/shm" in line}


def test_nothing_lies_in_dev_shm(others):
    """Containers limit it to 64 MB, and a process that writes beyond that is killed by a bus error."""
    before = mapped_in_dev_shm(os.getpid())  # other libraries' semaphores
    large = SharedMemory({"x": ((100 << 20,), np.uint8)})
    large.arrays["x"][:] = 1
    events, _ = started()
    assert mapped_in_dev_shm(os.getpid()) == before
    for other in others:
        assert mapped_in_dev_shm(other.process.pid) == set()
        assert "/memfd:numnist" in Path(f"/proc/{other.process.pid}/maps").read_text()
    large.close()
    events.close()


PROGRAM = """
import sys
from numnist import Model, Settings, train
from numnist.training.parallel import worth
from numnist.training.parallel.ranks import Ranks
from tests.small import MLP, dataset
worth.SHORT_STEP = worth.SHORT_TRAINING = 0
join = Ranks.join
Ranks.join = lambda self: join(self, wait=True)
import numnist.training.parallel.ranks as module
pids = []
class Noted(module.Other):
    def __init__(self, *a):
        super().__init__(*a)
        pids.append(self.process.pid)
module.Other = Noted
events = train(Model(MLP, dataset()), dataset(), Settings(epochs=10**6, lanes=4, batch_size=32), threads=3)
next(events)
print(*pids, flush=True)
"""
ENDS = {
    "killed": ("for _ in events: pass", signal.SIGKILL),
    "terminated": ("for _ in events: pass", signal.SIGTERM),
    "interrupted": ("for _ in events: pass", signal.SIGINT),
    "stopped in the middle, then killed": ("import signal; signal.pause()", signal.SIGKILL),
    "at its end, in the middle of a training": ("", None),
    "by sys.exit": ("for _ in events: sys.exit(0)", None),
    "by os._exit": ("import os; os._exit(0)", None),
    "by an error": ("for _ in events: 1 / 0", None),
}


@pytest.mark.parametrize(("rest", "number"), ENDS.values(), ids=list(ENDS))
def test_no_rank_outlives_the_program(rest, number):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM + rest], cwd=ROOT, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    handles = [os.pidfd_open(int(pid)) for pid in process.stdout.readline().split()] if number else []
    if number is not None:
        assert len(handles) == 2
        os.killpg(process.pid, number)  # as a terminal does for Ctrl-C: the whole group
    _, told = process.communicate(timeout=PATIENCE)
    for handle in handles:
        assert select.select([handle], [], [], PATIENCE)[0], "a rank outlives the program"
        os.close(handle)
    if number == signal.SIGINT:
        assert told.count("KeyboardInterrupt") == 1
    elif "1 / 0" in rest:
        assert told.count("Traceback") == 1
    else:
        assert told == ""


def test_a_rank_survives_ctrl_c(others):
    events, _ = started()
    os.kill(others[0].process.pid, signal.SIGINT)
    next(events)
    events.close()


def test_a_training_that_cannot_start_a_process_says_so_and_goes_on(ranks, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.warns(UserWarning, match=r"one core, because other processes cannot be started .*/no/such/python"):
        events, _ = started()
    next(events)
    assert set(ranks) == {1}


def test_the_weights_are_not_finite_in_one_rank_only(others):
    """The error names the parameter, whichever rank has found it."""
    from numnist import NotFiniteError
    from numnist.optim.optimizers import SGD

    messages = set()
    for threads in (1, 3):
        events, model = started(threads, optimizer=SGD(0.1), clip_norm=None)
        model.theta[-2] = np.inf
        with pytest.raises(NotFiniteError) as caught:
            list(events)
        messages.add(str(caught.value))
    assert len(messages) == 1
