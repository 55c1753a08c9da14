"""Ranks: the same bits in any number of processes, from any kind of program, and weights that stay the user's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from numnist import Adam, Model, Settings, Split, train
from numnist.data.dataset import Dataset
from numnist.optim.optimizers import OPTIMIZERS
from numnist.training import memory
from numnist.training.events import Finished
from numnist.training.parallel.worth import useful_ranks
from numnist.training.rank import LANES, UPDATE, Rank
from numnist.training.state import State, load_checkpoint, save_checkpoint
from tests.small import CONV, MLP, dataset, everything, trained
from tests.training.foreign import Failing, Slow

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("network", [MLP, CONV], ids=["mlp", "conv"])
def test_the_number_of_ranks_changes_no_bit(network, ranks, monkeypatch):
    monkeypatch.setattr(memory, "CHUNK", 97)  # many chunks, so that all ranks have some
    settings = everything(lanes=5)
    hashes = {trained(network, threads=threads, **settings).weights_sha256 for threads in (1, 2, 3, 4)}
    assert len(hashes) == 1
    assert set(ranks) == {1, 2, 3, 4}


@pytest.mark.slow
def test_eight_and_sixteen_ranks_change_no_bit(ranks):
    settings = everything(lanes=16, batch_size=50)
    hashes = {trained(CONV, threads=threads, **settings).weights_sha256 for threads in (1, 8, 16)}
    assert len(hashes) == 1
    assert set(ranks) == {1, 8, 16}


@pytest.mark.parametrize("optimizer", [kind(0.02) for kind in OPTIMIZERS.values()], ids=list(OPTIMIZERS))
def test_the_slots_of_every_optimizer_are_shared(optimizer, ranks):
    hashes = {trained(MLP, threads=n, **everything(optimizer=optimizer, lanes=3)).weights_sha256 for n in (1, 2)}
    assert len(hashes) == 1
    assert set(ranks) == {1, 2}


@pytest.mark.parametrize("average", [None, 0.9], ids=["last weights", "averaged weights"])
def test_a_run_goes_on_with_another_number_of_ranks(average, ranks, tmp_path):
    data, settings = dataset(), Settings(**everything(epochs=3, average=average, lanes=3))
    whole = Model(CONV, data)
    *_, finished = train(whole, data, settings, threads=1)
    model, stops = Model(CONV, data), [3, 4, None]
    state = State.fresh(model, settings)
    for threads, stop in zip((2, 1, 3), stops, strict=True):
        list(islice(train(model, data, settings, threads=threads, state=state), stop))
        save_checkpoint(tmp_path / "a.safetensors", model, state)
        model, state = load_checkpoint(tmp_path / "a.safetensors", settings)
    assert model.weights_sha256 == whole.weights_sha256
    assert state.theta.tobytes() == finished.state.theta.tobytes()
    assert set(ranks) == {1, 2, 3}


def test_ranks_that_come_late_change_no_bit(monkeypatch, ranks):
    """They start while the first trains already."""
    from numnist.training.parallel.ranks import Ranks

    join, calls = Ranks.join, []

    def late(self):
        calls.append(self)
        if len(calls) > 3:
            join(self)

    monkeypatch.setattr(Ranks, "join", late)
    hashes = {trained(CONV, threads=threads, **everything()).weights_sha256 for threads in (2, 1)}
    assert len(hashes) == 1
    assert ranks[0] == 1
    assert 2 in ranks


@pytest.mark.parametrize("average", [None, 0.9], ids=["last weights", "averaged weights"])
def test_the_models_arrays_are_the_trained_ones_at_any_time(average, ranks):
    data, settings = dataset(), Settings(**everything(average=average))
    model = Model(CONV, data)
    theta, views, w = model.theta, model.p, model.p[0].w
    for event in train(model, data, settings, threads=2):
        assert model.p is views
        assert np.shares_memory(model.p[0].w, model.theta)
        assert (event.state.theta is model.theta) == (average is None)
        expected = model.predict_proba(data.test.x[:3])  # by the weights as they are now
        other = Model(CONV, data, seed=None)
        other.theta[...] = model.theta
        assert np.array_equal(expected, other.predict_proba(data.test.x[:3]))
    assert model.theta is theta
    assert np.shares_memory(w, theta)
    assert model.p[0].w.base is w.base or np.shares_memory(model.p[0].w, w)
    assert isinstance(event, Finished)
    assert np.array_equal(event.state.average if average else event.state.theta, theta)
    assert 2 in ranks


def test_a_loop_that_is_left_gives_the_arrays_back(ranks):
    model, settings = Model(MLP, dataset()), Settings(**everything(epochs=9))
    theta = model.theta
    events = train(model, dataset(), settings, threads=2)
    state = next(events).state
    assert model.theta is not theta
    trained_so_far = model.theta.copy()
    events.close()
    assert model.theta is theta
    assert np.array_equal(theta, trained_so_far)
    assert np.array_equal(state.average, theta)


def test_pictures_may_be_floats_and_the_last_batch_smaller_than_the_ranks(ranks):
    few = dataset().train[:33]
    floats = Split((few.x / 255).astype(np.float32), few.labels)
    data = Dataset("floats", floats, floats[:0], floats, dataset().classes)
    hashes = {trained(CONV, data, threads=n, batch_size=32, lanes=4).weights_sha256 for n in (1, 3)}
    assert len(hashes) == 1
    assert set(ranks) == {1, 3}


def test_a_process_alone_adds_up_gradients_only_in_the_update(monkeypatch, ranks):
    """What a group sends must be added up before; alone that would be one more pass over all gradients."""
    commands, run = [], Rank.run

    def noted(self, position, count):
        commands.append(int(self.memory.header["command"][0]))
        run(self, position, count)

    monkeypatch.setattr(Rank, "run", noted)
    trained(CONV, threads=2, **everything(lanes=8, clip_norm=None, epochs=1))
    assert commands == [LANES, UPDATE] * 4


def test_two_trainings_at_once_have_ranks_of_their_own(ranks):
    expected = [trained(MLP, threads=1, **everything(seed=seed)).weights_sha256 for seed in (1, 2)]
    found = {}

    def run(seed):
        with np.errstate(all="raise", under="ignore"):
            found[seed] = trained(MLP, threads=2, **everything(seed=seed)).weights_sha256

    threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[1], found[2]] == expected
    assert 2 in ranks


def test_lanes_go_to_the_rank_that_is_free(ranks, tmp_path):
    """A rank on a slow core runs one of four lanes, and the other three meanwhile run on another."""
    slow = Slow(os.getpid(), tmp_path, shards=3)
    model, settings = Model(MLP, dataset()), Settings(augment=slow, lanes=4, batch_size=100)
    list(train(model, dataset(), settings, threads=2))
    assert len(list(tmp_path.iterdir())) == 3
    assert set(ranks) == {2}


def test_a_short_training_has_one_rank():
    model = Model(MLP, dataset())
    assert useful_ranks(model, Settings(lanes=4), 100, 4) == 1


def test_more_ranks_than_lanes_are_of_no_use(ranks):
    model = Model(MLP, dataset())
    assert useful_ranks(model, Settings(lanes=3), 100, 8) == 3
    assert useful_ranks(model, Settings(lanes=3), 100, 2) == 2


LAYERS = """
from dataclasses import dataclass
import numpy as np
from numnist import Layer
from numnist.nn import Plan

@dataclass(frozen=True, repr=False)
class Twice(Layer):
    def build(self, in_shape):
        return Plan(self, in_shape, in_shape)
    def forward(self, p, x, mode=None):
        print("a layer may print")
        return 2 * x, None
    def backward(self, p, g, dy, cache, want_dx=True):
        return 2 * dy
"""
PROGRAM = """
import warnings
from numnist import Adam, Dense, Flatten, Model, Sequential, Settings, train
from numnist.training.parallel import worth
from numnist.training.parallel.ranks import Ranks
from tests.small import dataset
worth.SHORT_STEP = worth.SHORT_TRAINING = 0
join, run, most = Ranks.join, Ranks.run, []
Ranks.join = lambda self: join(self, wait=True)
Ranks.run = lambda self, command: (most.append(1 + len(self.others)), run(self, command))
def weights(threads):
    model = Model(Sequential(Flatten(), Dense(8), Twice(), Dense(4)), dataset())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(train(model, dataset(), Settings(Adam(0.01), batch_size=32, lanes=4), threads=threads))
    return model.weights_sha256, [str(w.message) for w in caught]
one, quiet = weights(1)
two, told = weights(2)
assert one == two and not quiet, (one, two, quiet)
import sys
print("ranks", max(most), *told, file=sys.stderr)
"""


def run(*arguments, stdin=None, folder, inside=()):
    """What a Python program writes to stderr.   inside: a command that runs it."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}", "OPENBLAS_NUM_THREADS": "2"}
    process = subprocess.run(
        [*inside, sys.executable, *arguments], input=stdin, cwd=folder, env=environment, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return process.stderr.replace("a layer may print\n", "")


def test_a_script_without_a_main_guard_with_a_layer_in_a_module_beside_it(tmp_path):
    (tmp_path / "layers.py").write_text(LAYERS)
    (tmp_path / "program.py").write_text("from layers import Twice" + PROGRAM)
    assert run("program.py", folder=tmp_path) == "ranks 2\n"


def test_a_command_line_program(tmp_path):
    (tmp_path / "layers.py").write_text(LAYERS)
    assert run("-c", "from layers import Twice" + PROGRAM, folder=tmp_path) == "ranks 2\n"


def test_a_container_whose_shared_memory_is_a_page(tmp_path):
    """Memory in /dev/shm that has no room ends in a bus error at the first touch: ranks use none of it."""
    own = ("unshare", "--mount", "sh", "-c")
    tiny = "mount -t tmpfs -o size=4k none /dev/shm && exec "
    if (
        not shutil.which("unshare")
        or subprocess.run([*own, tiny + "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("this system lets nobody mount a file system of his own")
    (tmp_path / "layers.py").write_text(LAYERS)
    program = "from layers import Twice" + PROGRAM
    assert run("-c", program, folder=tmp_path, inside=(*own, tiny + '"$@"', "sh")) == "ranks 2\n"


def test_a_layer_of_the_program_itself_trains_in_it_and_says_so(tmp_path):
    """As in a notebook cell, which is a program without a file."""
    told = run("-", stdin=LAYERS + PROGRAM, folder=tmp_path)
    assert told.startswith("ranks 1 numnist trains on one core, because other processes cannot import")
    assert told.count("numnist trains on one core") == 1


def test_a_layer_whose_module_others_cannot_find_trains_here_and_says_so(tmp_path):
    hidden = f"import sys, types; m = sys.modules['hidden'] = types.ModuleType('hidden'); exec({LAYERS!r}, vars(m))\n"
    told = run("-c", hidden + "from hidden import Twice" + PROGRAM, folder=tmp_path)
    assert "because other processes cannot import a part of this training (ModuleNotFoundError: No module" in told


def test_what_a_user_function_raises_is_raised_as_it_is(ranks):
    events = train(Model(MLP, dataset()), dataset(), Settings(augment=Failing(os.getpid()), lanes=4), threads=2)
    with pytest.raises(ZeroDivisionError, match="planted in another process") as caught:
        list(events)
    assert "in rank 1" in caught.value.__notes__[0]
    assert "foreign.py" in caught.value.__notes__[0]


def test_a_function_without_a_name_trains_here_and_says_so(ranks):
    settings = Settings(augment=lambda x, rng: (x / 255).astype(np.float32), optimizer=Adam(), lanes=2)
    with pytest.warns(UserWarning, match="numnist trains on one core"):
        list(train(Model(MLP, dataset()), dataset(), settings, threads=2))
    assert set(ranks) == {1}
