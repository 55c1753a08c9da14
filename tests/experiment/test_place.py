"""Run folders: moved or removed while they train, whole or not there, with results that only new ones replace."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from numnist import UsageError, load_model
from numnist.experiment import place, run as run_module
from numnist.experiment.folder import read_result
from numnist.experiment.place import GoneError, appearing, write_folder
from numnist.experiment.run import Run
from numnist.support import locks
from numnist.support.locks import LockedError, locked
from numnist.training.events import Epoch
from tests.broken_disk import Disk
from tests.experiment.small_runs import FOLDER, RECIPE
from tests.small import dataset

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows renames no folder with an open file in it")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """The SHA-256 of the recipe's weights."""
    run = Run.create(RECIPE, dataset(), tmp_path_factory.mktemp("a") / "run")
    for _ in run.events():
        pass
    return run.model.weights_sha256


def finish(run):
    list(run.events())
    return run.evaluate()


def train_until_epoch(run, epoch, change):
    """Train to the end, and call `change` after an epoch."""
    for event in run.events():
        if isinstance(event, Epoch) and event.epoch == epoch:
            change()


@pytest.mark.parametrize("to", ["renamed", "elsewhere/renamed"])
def test_a_run_whose_folder_is_moved_goes_on_there(to, weights):
    run = Run.create(RECIPE, dataset(), FOLDER)
    Path(to).parent.mkdir(exist_ok=True)
    train_until_epoch(run, 1, lambda: FOLDER.rename(to))
    result = run.evaluate()
    assert not FOLDER.exists()
    assert (run.folder, result["run"]) == (Path(to), to)
    assert result["weights_sha256"] == weights == load_model(Path(to)).weights_sha256
    assert (Path(to) / "config.toml").exists()
    again = Run.open(Path(to), dataset())
    assert len(again.state.history) == RECIPE.epochs


@pytest.mark.parametrize("then", ["nothing", "another folder"])
def test_a_run_whose_folder_is_removed_saves_all_elsewhere_and_says_where(then, weights):
    run = Run.create(RECIPE, dataset(), FOLDER)

    def remove():
        shutil.rmtree(FOLDER)
        if then == "another folder":
            FOLDER.mkdir()

    with pytest.raises(GoneError, match=f"saved in {FOLDER}-rescued: go on with `numnist resume {FOLDER}-rescued`"):
        train_until_epoch(run, 1, remove)
    assert not FOLDER.exists() or list(FOLDER.iterdir()) == []
    again = Run.open(Path(f"{FOLDER}-rescued"), dataset())
    assert len(again.state.history) == 2  # the first, and the one at whose end the folder was missed
    assert finish(again)["weights_sha256"] == weights


def test_a_run_whose_folder_is_removed_before_the_evaluation_saves_all_elsewhere(weights):
    run = Run.create(RECIPE, dataset(), FOLDER)
    train_until_epoch(run, RECIPE.epochs, lambda: shutil.rmtree(FOLDER))
    with pytest.raises(GoneError, match="rescued"):
        run.evaluate()
    assert load_model(Path(f"{FOLDER}-rescued")).weights_sha256 == weights


def test_a_stopped_run_whose_folder_is_removed_saves_all_elsewhere():
    run = Run.create(RECIPE, dataset(), FOLDER)
    events = run.events()
    for _ in range(3):
        next(events)
    shutil.rmtree(FOLDER)
    with pytest.raises(GoneError, match="rescued"):
        events.close()
    assert Run.open(Path(f"{FOLDER}-rescued"), dataset()).state.step == 3


def test_the_results_of_a_finished_run_stay_until_there_are_new_ones(monkeypatch):
    """Also where the epochs that are added end in a failure: what was evaluated is what `predict` uses."""
    run = Run.create(RECIPE, dataset(), FOLDER)
    finish(run)
    before = run.model.weights_sha256
    more = Run.open(FOLDER, dataset(), epochs=RECIPE.epochs + 2)
    train_until_epoch(more, RECIPE.epochs + 1, lambda: None)
    assert more.model.weights_sha256 != before
    assert load_model(FOLDER).weights_sha256 == before
    assert read_result(FOLDER)["epochs"] == RECIPE.epochs
    more.evaluate()
    assert load_model(FOLDER).weights_sha256 == more.model.weights_sha256
    assert read_result(FOLDER)["epochs"] == RECIPE.epochs + 2


@pytest.mark.parametrize("name", ["write_config", "save_checkpoint", "record_filters"])
def test_a_run_that_cannot_be_made_whole_leaves_nothing(monkeypatch, name):
    def fail(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(run_module, name, fail)
    with pytest.raises(OSError, match="no space"):
        Run.create(RECIPE, dataset(), FOLDER)
    assert list(Path().iterdir()) == []


def test_a_run_that_is_killed_while_it_is_made_leaves_no_name_and_the_next_one_tidies_up():
    code = (
        "import os, signal; from pathlib import Path; from numnist.experiment import run;"
        "from tests.experiment.small_runs import RECIPE; from tests.small import dataset;"
        "run.record_filters = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        f"run.Run.create(RECIPE, dataset(), Path({str(FOLDER)!r}))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == -9
    assert len([path.name for path in FOLDER.parent.glob(".a.*.numnist-new/*")]) >= 2
    assert not FOLDER.exists()
    run = Run.create(RECIPE, dataset(), FOLDER)
    assert list(FOLDER.parent.iterdir()) == [FOLDER]
    assert Run.open(run.folder, dataset()).state.step == 0


def test_a_run_that_is_killed_when_it_has_just_appeared_is_resumed_and_its_lock_removed():
    Run.create(RECIPE, dataset(), FOLDER)
    lock = FOLDER.with_name(".a.0123.numnist-lock")
    lock.touch()
    Run.open(FOLDER, dataset())
    assert not lock.exists()


def test_a_hidden_folder_of_somebody_elses_is_left_alone():
    other = FOLDER.parent / ".mine.part" / "file"
    other.parent.mkdir(parents=True)
    other.touch()
    Run.open(Run.create(RECIPE, dataset(), FOLDER).folder, dataset())
    assert other.exists()


def test_a_hidden_folder_whose_maker_lives_is_left_alone():
    other = FOLDER.parent / ".other.ab.numnist-new"
    other.mkdir(parents=True)
    with locked(other.with_suffix(".numnist-lock")):
        Run.create(RECIPE, dataset(), FOLDER)
        assert other.exists()


def test_a_name_that_is_taken_meanwhile_is_refused_and_the_next_number_taken():
    with pytest.raises(UsageError, match="exists already"), appearing([FOLDER]):
        FOLDER.mkdir()
    with appearing(Path(f"a-{n}") for n in (1, 2, 3)) as new:
        (new.hidden / "file").touch()
        Path("a-1").mkdir()
    assert new.folder == Path("a-2")
    assert [path.name for path in Path("a-2").iterdir()] == ["file"]
    assert list(Path("a-1").iterdir()) == []


def test_a_run_is_not_moved_to_a_name_that_is_taken_at_this_moment(monkeypatch):
    run = Run.create(RECIPE, dataset(), FOLDER)
    finish(run)
    rename = Path.rename

    def overtaken(self, folder):
        Path(folder).mkdir()
        Path(folder, "file").touch()
        return rename(self, folder)

    monkeypatch.setattr(Path, "rename", overtaken)
    with pytest.raises(UsageError, match="chosen exists already"):
        run.move(Path("chosen"))
    assert run.folder == FOLDER
    assert [path.name for path in Path("chosen").iterdir()] == ["file"]


def test_without_the_systems_help_a_moved_folder_counts_as_gone(monkeypatch):
    run = Run.create(RECIPE, dataset(), FOLDER)
    monkeypatch.setattr(place.sys, "platform", "freebsd")
    FOLDER.rename("elsewhere")
    with pytest.raises(GoneError, match="moved away"):
        _ = run.folder


@pytest.fixture(params=["in one step", "in two"])
def exchange(request, monkeypatch):
    """Folders on a system that can exchange two names, as far as this one can, and on one that cannot."""
    if request.param == "in two":
        monkeypatch.setattr(place, "_exchanged", lambda *_: False)


@pytest.mark.usefixtures("exchange")
def test_a_written_folder_replaces_its_older_self_alone():
    for text in (b"old", b"new"):
        write_folder(Path("net"), {"a": text, "b": text})
    assert [path.read_bytes() for path in Path("net").iterdir()] == [b"new", b"new"]
    assert [path.name for path in Path().iterdir()] == ["net"]
    Path("net/mine").touch()
    with pytest.raises(UsageError, match="holds 'mine', which would be lost"):
        write_folder(Path("net"), {"a": b"newer", "b": b"newer"})
    Path("file").touch()
    with pytest.raises(UsageError, match="holds 'file'"):
        write_folder(Path("file"), {"a": b"newer"})


@pytest.mark.usefixtures("exchange")
def test_a_folder_that_cannot_be_written_leaves_the_old_one(monkeypatch):
    write_folder(Path("net"), {"a": b"old", "b": b"old"})
    with monkeypatch.context() as patch:
        disk = Disk()
        disk.install(patch.setattr)
        write_folder(Path("net"), {"a": b"old", "b": b"old"})
    for number in range(1, disk.count + 1):
        with monkeypatch.context() as patch:
            Disk(number, "I/O error").install(patch.setattr)
            with suppress(OSError):
                write_folder(Path("net"), {"a": b"new", "b": b"new"})
        assert {path.read_bytes() for path in Path("net").iterdir()} in ({b"old"}, {b"new"})
        write_folder(Path("net"), {"a": b"old", "b": b"old"})
        assert [path.name for path in Path().iterdir()] == ["net"]


@pytest.mark.skipif(sys.platform != "linux", reason="the system call's names are Linux's")
def test_linux_exchanges_two_folders_in_one_step():
    for name in ("one", "other"):
        Path(name).mkdir()
        Path(name, name).touch()
    assert place._exchanged(Path("one"), Path("other"))
    assert (Path("one/other").exists(), Path("other/one").exists()) == (True, True)
    assert not place._exchanged(Path("one"), Path("none"))


def test_a_lock_of_its_own_that_others_look_at_is_waited_for(monkeypatch):
    """Whoever tidies up holds it for a moment, to see whether its maker lives."""
    taken = []

    @contextmanager
    def busy_once(path):
        if not taken:
            taken.append(path)
            raise LockedError("1")
        yield

    monkeypatch.setattr(locks, "_locked_now", busy_once)
    Run.create(RECIPE, dataset(), FOLDER)
    assert taken
    assert FOLDER.exists()
