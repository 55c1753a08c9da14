"""Ctrl-C at any moment: the command says so, ends with 130, and leaves nothing half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest

from numnist import cli, load, load_model
from numnist.cli.shared import data as data_of_commands
from numnist.data.strokes import drawing
from numnist.experiment import run as runs
from numnist.experiment.run import Run
from numnist.experiment.steps import StepLog
from numnist.report.page import html

SMALL = ("--batch-size", 32, "--epochs", 1)


@pytest.fixture(autouse=True)
def usual_signals():
    """Signals end this process, also where the tests were started by nohup or in the background of a shell."""
    names = [name for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), signal.SIG_DFL) for name in names}
    yield
    for name, handler in before.items():
        signal.signal(getattr(signal, name), handler)


def interrupt(*_: object, **__: object) -> None:
    """As if Ctrl-C came here."""
    raise KeyboardInterrupt


SIGNALS = {"SIGTERM": 143, "SIGHUP": 129, "SIGINT": 130}  # and the exit codes


def send(name: str) -> None:
    """Send this process a signal, and be there when it arrives."""
    signal.raise_signal(getattr(signal, name))


@pytest.fixture
def interrupted_at(numnist, monkeypatch):
    """interrupted_at(module, "function", "train", "quick"): the outcome when Ctrl-C comes in that function."""

    def run(module: object, name: str, *arguments: object):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, interrupt)
            done = numnist(*arguments)
        assert done.code == 130
        assert done.err.endswith("interrupted\n")
        assert "Traceback" not in done.err
        return done

    return run


@pytest.mark.parametrize(
    ("module", "name"), [(cli, "app"), (data_of_commands, "find_recipe_data"), (drawing, "draw")], ids=str
)
def test_before_a_run_begins_nothing_is_left(interrupted_at, module, name):
    interrupted_at(module, name, "train", "mlp-quick", "--dataset", "strokes")
    assert not Path("runs").exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_where_it_becomes_another_error(numnist, monkeypatch, name):
    """As Cython makes an ImportError of it in its modules, without a cause, and Python a RuntimeError in a class."""

    def interrupted_import(words):
        with suppress(KeyboardInterrupt):
            send(name)
        raise ImportError("Failed to import 'zlib.decompress'")

    monkeypatch.setattr(cli, "app", interrupted_import)
    done = numnist("recipes")
    assert (done.code, done.err) == (SIGNALS[name], "interrupted\n" if name == "SIGINT" else "terminated\n")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize("name", SIGNALS)
def test_where_it_is_swallowed_the_training_stops_at_its_first_step(numnist, digits, monkeypatch, name):
    """As Python swallows what is raised in a callback, such as that of a weak reference."""

    def swallow(folder):
        with suppress(KeyboardInterrupt):
            send(name)

    numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--run", "a")
    with monkeypatch.context() as patch:
        patch.setattr(runs, "remove_abandoned", swallow)
        done = numnist("resume", "a", "--epochs", 30)
    assert (done.code, "Stopped" in done.err) == (SIGNALS[name], True)
    assert Run.open(Path("a"), load(digits), epochs=30).state.step < 20
    assert numnist("evaluate", "a", "--dataset", digits).code == 0


@pytest.mark.parametrize("module", ["numnist.cli", "numnist.support.errors"])
def test_before_the_command_line_is_there(module):
    """Ctrl-C during the first imports of the program, as its script and `python -m` start it."""
    code = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *more):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
    )
    scripts = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["scripts"]
    place, function = scripts["numnist"].split(":")
    for start in (
        f"from {place} import {function}; sys.exit({function}())",
        "import runpy; sys.argv = ['numnist']; runpy.run_module('numnist', run_name='__main__')",
    ):
        done = subprocess.run([sys.executable, "-c", code + start], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


@pytest.mark.parametrize("name", ["write_config", "save_checkpoint", "record_filters"])
def test_a_run_that_is_not_whole_yet_leaves_no_folder(interrupted_at, digits, name):
    interrupted_at(runs, name, "train", "mlp-quick", "--dataset", digits, *SMALL)
    assert not Path("runs").exists()


def test_other_runs_stay(interrupted_at, numnist, digits):
    numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--no-report")
    interrupted_at(runs, "record_filters", "train", "mlp-quick", "--dataset", digits, *SMALL)
    assert [path.name for path in Path("runs").iterdir()] == ["mlp-quick-1"]


def test_during_the_evaluation_the_run_can_be_resumed(interrupted_at, numnist, digits):
    done = interrupted_at(Run, "evaluate", "train", "mlp-quick", "--dataset", digits, *SMALL)
    assert "numnist resume runs/mlp-quick-1" in done.err
    resumed = numnist("resume", "runs/mlp-quick-1")
    assert resumed.code == 0, resumed.err
    assert resumed.out.startswith("Test ")


def test_during_the_report_the_model_is_there(interrupted_at, numnist, digits):
    done = interrupted_at(html, "write_report", "train", "mlp-quick", "--dataset", digits, *SMALL)
    assert "numnist report runs/mlp-quick-1 writes the report" in done.err
    assert load_model("runs/mlp-quick-1").about["result"]["epochs"] == 1
    assert numnist("report", "runs/mlp-quick-1").code == 0


def test_a_sweep_that_has_not_begun_leaves_no_folder(interrupted_at, digits):
    from numnist.cli.shared import sweep_work

    interrupted_at(sweep_work, "sweep", "sweep", "mlp-quick", "--dataset", digits, "--set", "seed=0,1", "--jobs", 1)
    assert not Path("runs").exists()


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT to a process group, as a terminal does")
@pytest.mark.parametrize("when", ["Data ", "Sweep ", "1/"])
def test_the_processes_of_a_sweep_say_nothing(digits, when):
    arguments = ("sweep", "mlp-quick", "--dataset", digits, "--set", "seed=0,1,2", "--epochs", 40, "--jobs", 2)
    process = subprocess.Popen(
        [sys.executable, "-m", "numnist", *map(str, arguments)], text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    next(line for line in process.stderr if line.startswith(when))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    # Python ends by the signal itself where it has interrupted an import; a shell says 130 of both
    assert process.returncode in (130, -signal.SIGINT)
    assert err.strip().splitlines()[-1] == "interrupted"
    assert "Traceback" not in err
    assert "Warning" not in err, "joblib warns of what is cancelled"
    if when == "1/":
        assert "with --run runs/sweep-1 continues from here" in err


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("place", [(runs, "record_filters"), (Run, "evaluate"), (html, "write_report")], ids=str)
def test_any_signal_ends_a_command_in_any_phase_with_its_own_code(numnist, monkeypatch, digits, name, place):
    with monkeypatch.context() as patch:
        patch.setattr(*place, lambda *_, **__: send(name))
        done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL)
    assert done.code == SIGNALS[name]
    assert done.err.splitlines()[-1] == ("interrupted" if name == "SIGINT" else "terminated")
    if place == (runs, "record_filters"):
        assert not Path("runs").exists()
    else:
        assert numnist("resume", "runs/mlp-quick-1").code == 0
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize("name", SIGNALS)
@pytest.mark.parametrize("arguments", [(), ("--trials", 2)], ids=["one run", "trials"])
def test_any_signal_in_the_loop_saves_and_ends_with_its_own_code(numnist, monkeypatch, digits, name, arguments):
    add = StepLog.add

    def signalled(self, step, *more):
        add(self, step, *more)
        if step == 3:
            send(name)

    with monkeypatch.context() as patch:
        patch.setattr(StepLog, "add", signalled)
        done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--run", "run", *arguments)
    assert done.code == SIGNALS[name]
    assert done.err.count("Stopped") == 1
    assert "interrupted" not in done.err
    assert "terminated" not in done.err
    if not arguments:
        assert Run.open(Path("run"), load(str(digits))).state.step == 3


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
def test_a_second_signal_stops_at_once(numnist, monkeypatch, digits):
    def twice(self, step, *_):
        if step == 3:
            send("SIGTERM")
            send("SIGTERM")
            pytest.fail("it went on")

    with monkeypatch.context() as patch:
        patch.setattr(StepLog, "add", twice)
        done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL, "--run", "run")
    assert done.code == 143
    assert done.err.endswith("terminated\n")
    assert Run.open(Path("run"), load(str(digits))).state.step == 0


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
def test_a_signal_that_is_ignored_stays_ignored(numnist, monkeypatch, digits):
    """As SIGHUP under nohup: the terminal is closed, and the training goes on."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    add = StepLog.add
    try:
        with monkeypatch.context() as patch:
            patch.setattr(StepLog, "add", lambda *all_: send("SIGHUP") or add(*all_))
            done = numnist("train", "mlp-quick", "--dataset", digits, *SMALL)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert done.code == 0
