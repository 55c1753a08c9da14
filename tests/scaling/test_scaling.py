"""docs/scaling.md: every line of its examples does what it says, as far as one machine can show it."""

from __future__ import annotations

import shlex
from contextlib import ExitStack

import pytest

from tests.scaling import lines
from tests.scaling.machine import Machine
from tests.scaling.page import ROOT, TEXT, Example, commands, examples, in_prose, python
from tests.scaling.slurm import slurm

pytestmark = pytest.mark.slow
EXAMPLES = examples()
LINES = [command for example in EXAMPLES for command in example.commands]
SCHEDULER = "scheduler:8786"  # on the page
# A training between ranks, as on the page; then what everyone may do who has read the events
BEFORE = """
from numnist import Adam, Dense, Flatten, Model, ReLU, Sequential, Settings, load
data = load("../small.npz")
model = Model(Sequential(Flatten(), Dense(8), ReLU(), Dense(10)), data)
settings = Settings(optimizer=Adam(0.01), epochs=2, batch_size=20, lanes=2)
"""
AFTER = """
import sys
sys.stderr.write(f"{group.size} {group.sent > 0} {model.weights_sha256}\\n")
"""


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.title for example in EXAMPLES])
def test_the_example_runs_line_by_line(example: Example, machine):
    for command in example.commands:
        lines.needs(command)
    with ExitStack() as stack:
        own: dict[str, str] = {}
        address = SCHEDULER
        if any(command.startswith(("srun ", "sbatch ")) for command in example.commands):
            own = stack.enter_context(slurm(machine))
        if any("numnist resume" in command for command in example.commands):
            own = {"EPOCHS": "6"}  # some are left after the first, when it is stopped
        weights = ""
        for command, after in zip(example.commands, [*example.commands[1:], ""]):
            first, *words = shlex.split(command.replace(SCHEDULER, address))
            verb = words[words.index("numnist") + 1] if "numnist" in words else words[0]
            match first, verb:
                case "pip", _:
                    lines.is_installed(command)
                case "dask", _:
                    daemon = stack.enter_context(lines.dask(machine, [first, *words]))
                    address = daemon.said.split("tcp://")[-1].strip() if verb == "scheduler" else address
                case "srun", "--mpi=list":
                    assert "pmix" in machine.run(command, own)
                case "sbatch", _:
                    lines.batch(machine, command, own)
                case "numnist", "sweep":
                    lines.sweep(machine, command.replace(SCHEDULER, address))
                case (("numnist" | "mpiexec" | "srun"), "train"):
                    weights = lines.weights_of_one_process(machine, command, own)
                    if "numnist resume" in after:
                        lines.train_until_stopped(machine, command, own)
                    else:
                        lines.train(machine, command, own, weights)
                case (("numnist" | "mpiexec" | "srun"), "resume"):
                    lines.train(machine, command, own, weights)
                case _:
                    pytest.fail(f"no test knows how to run {command!r}: teach it to tests/scaling")


def test_the_commands_in_the_prose_are_those_of_the_examples_or_run(machine):
    """A command that is more than a name stands in an example too, perhaps with more to it, or can be run at once."""
    for command in in_prose():
        if len(command.split()) == 2 and command.startswith("numnist "):
            machine.run(f"{command} --help")
        elif command.startswith("python "):
            assert (ROOT / command.split()[1]).is_file()
        elif not any(f"{line} ".startswith(f"{command} ") for line in LINES):
            lines.needs(command)
            machine.run(command)


def test_the_python_runs_alone_and_under_mpiexec(machine):
    """It prints the same events, once."""
    lines.needs("mpiexec")
    [program] = python()
    (machine.folder / "program.py").write_text(BEFORE + program + AFTER, encoding="utf-8")
    alone = machine.start("python program.py")
    together = machine.start("mpiexec -n 2 python program.py")
    (out, err), (outs, errs) = (process.communicate(timeout=120) for process in (alone, together))
    assert alone.returncode == together.returncode == 0, err + errs
    [(size, sent, weights)] = [line.split() for line in err.splitlines()]
    assert (size, sent) == ("1", "False")
    assert [line.split() for line in errs.splitlines()] == [["2", "True", weights]] * 2
    assert outs.count("Step(") == out.count("Step(") > 0


def test_how_the_page_is_read():
    """Else a line could be left out without a word."""
    text = "# A\n```console\na b \\\n    c    # on each\n\n# nothing\nd\n```\n"
    text += "## B\n`numnist x\ny` and `train`\n```python\n1\n```\n"
    assert examples(text) == [Example("A: a b c", ("a b c", "d"))]
    assert python(text) == ["1\n"]
    assert in_prose(text) == ["numnist x y"]
    assert commands("# all\n") == ()
    assert TEXT.count("```console") == len(EXAMPLES) > 0
