"""A Slurm of four machines on this one: its own controller and daemons, which need no rights and leave nothing."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.scaling.machine import Daemon, Machine

NODES = [f"n{k}" for k in range(1, 5)]
# Each machine counts as 16 cores.  Jobs of `sbatch` share one of them, so that not too many run at a time.
CONFIG = """
ClusterName=numnist
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,bf_interval=1
MessageTimeout=60
ReturnToService=2
TmpFS={folder}/%n
SlurmdSpoolDir={folder}/%n
SlurmdPidFile={folder}/%n.pid
SlurmctldPidFile={folder}/controller.pid
StateSaveLocation={folder}/state
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=16
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=16
NodeName=n3 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[3]} CPUs=16
NodeName=n4 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[4]} CPUs=16
PartitionName=all Nodes=ALL Default=YES
PartitionName=one Nodes=n1
"""


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(closing(socket.socket())) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def slurm(machine: Machine) -> Iterator[dict[str, str]]:
    """The environment for its commands.

    Skips the test where Slurm is missing, or its plug-in for PMIx does not work.
    """
    if not (controller := shutil.which("slurmctld")) or not (daemon := shutil.which("slurmd")):
        pytest.skip("needs Slurm: apt-get install slurmctld slurmd slurm-client libpmix-dev")
    host, user = socket.gethostname().split(".")[0], getpass.getuser()
    with ExitStack() as stack:
        # not below pytest's folder: the names of sockets may have 107 letters
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="slurm-")))
        for name in ("state", *NODES):
            (folder / name).mkdir()
        config = folder / "slurm.conf"
        config.write_text(CONFIG.format(host=host, user=user, folder=folder, ports=free_ports(5)), encoding="utf-8")
        own = {"SLURM_CONF": str(config), "SBATCH_PARTITION": "one"}
        environment = machine.environment | own
        stack.enter_context(Daemon([controller, "-D"], "Running as primary controller", environment))
        for name in NODES:
            stack.enter_context(Daemon([daemon, "-D", "-N", name], "slurmd started", environment))
        stack.callback(subprocess.run, ["scancel", "--user", user], env=environment, check=False)
        probe = subprocess.run(
            ["srun", "--mpi=pmix", "true"], env=environment, capture_output=True, text=True, check=False
        )
        if "pmix" in probe.stderr:
            pytest.skip(f"needs a Slurm with PMIx: apt-get install libpmix-dev ({probe.stderr.strip()})")
        assert probe.returncode == 0, probe.stderr
        yield own
