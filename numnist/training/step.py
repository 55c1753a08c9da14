"""Engine: training steps, cut into lanes that run in ranks.

A step has two parts, after each of which all ranks wait for each other:

    lanes     every rank runs some lanes of the batch: forward, loss, backward                            (lane.py)
    update    every rank sums its slice of all gradients, and the optimizer changes that slice of theta   (update.py)

A rank is a process with BLAS on one thread; the caller's is the first.  All share the weights, the optimizer's slots
and the gradients.  In a group each of its processes does a part with ranks of its own, and what they need of each other
is sent in between (parallel/group.py).  The bits of a result depend on the seed, the lanes and the shard size, never on
the number of ranks or processes, or on who runs a lane.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from contextlib import ExitStack, nullcontext
from typing import Self

import numpy as np
from numpy.typing import NDArray

from numnist.data.dataset import Split
from numnist.model.model import Model
from numnist.nn.base import EVAL, Array, Layer, Mode, Views
from numnist.nn.sequential import Sequential
from numnist.support.blas import one_blas_thread
from numnist.support.errors import NotFiniteError
from numnist.support.shared_memory import SharedMemory
from numnist.training.memory import Job, Memory
from numnist.training.parallel.group import Alone, Group
from numnist.training.parallel.ranks import Ranks, warn_foreign
from numnist.training.parallel.worth import useful_ranks
from numnist.training.rank import FOLD, LANES, REDUCE, UPDATE, Rank
from numnist.training.settings import Settings
from numnist.training.state import State

ADVICE = "lower the learning rate, clip the gradient (clip_norm), or warm up the rate"


class Engine:
    """Everything that the steps of a training need.  A context manager: the other ranks end with it.

    split: the training pictures, whose labels may be targets (N, outputs) where the loss is MeanSquaredError.
    threads: cores to use at most, None for all;  ranks: exactly so many, by default as many as are worth it;
    group: the processes that train together.

    It trains state.theta.  With several ranks the vectors of model and state are moved to memory that processes share,
    and back at the end: `model.theta`, `model.p` and the state's are the trained ones at any time, but an array taken
    from them before the training is so only after it.
    """

    def __init__(
        self, model: Model, settings: Settings, state: State, split: Split, threads: int | None = None,
        ranks: int | None = None, group: Group | None = None,
    ):  # fmt: skip
        self.model, self.settings, self.state, self.split = model, settings, state, split
        self.threads, self.count, self.stack = threads, ranks, ExitStack()
        self.group: Group = Alone() if group is None else group

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(one_blas_thread().held())
            self._start(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stack.close()

    def _start(self, stack: ExitStack) -> None:
        model, settings, state = self.model, self.settings, self.state
        pictures = len(self.split) * (settings.epochs - len(state.history))
        group = self.group
        count = self.count or useful_ranks(model, settings, pictures, self.threads, group.size, group.here)
        job = Job.of(model, settings, self.split, group.collect(count), group.position)
        packed = pack_job(job) if count > 1 else None
        layout = job.layout(model.parameters, state)
        if packed is None:
            own = {name: np.zeros(shape, dtype) for name, (shape, dtype) in layout.items()}
            self.memory = Memory(own | state.vectors())
            self.rank = Rank(model.parameters, job, self.memory, nullcontext)
            self.ranks = Ranks(self.rank, self.memory)
        else:
            shared = SharedMemory(layout)
            stack.callback(shared.close)
            self.memory = Memory(shared.arrays)
            home = {name: vector for name, vector in state.vectors().items() if name in ("theta", "average")}
            stack.callback(self._go_home, home)
            state.move(model, shared.arrays)
            self.rank = Rank(model.parameters, job, self.memory, shared.lock)
            self.ranks = Ranks(self.rank, self.memory)
            stack.callback(self.ranks.close)
            self.ranks.start(count, packed, layout, shared)
        self.rank.update.start()
        division, chunks, n = job.division, self.rank.update.chunks, state.theta.size
        starts = [chunk.start for chunk, _ in chunks]
        self.slices = [*(starts[k] if k < len(starts) else n for k in division.chunks[:-1]), n]  # of theta
        self.owners = division.owners()
        self.folds = any(b - a > 1 for process in division.processes for a, b in division.sums(process))
        self.lane_ends = [min(branch * job.branch, job.lanes) for branch in division.branches]

    def _go_home(self, home: dict[str, Array]) -> None:
        self.state.move(self.model, {name: np.empty_like(array) for name, array in self.state.vectors().items()} | home)

    def step(self, batch: NDArray[np.int64], step: int, rate: float) -> tuple[float, int]:
        """Train on the pictures split[batch].   batch: (N,) indices;  step: from 0;  rate: the learning rate now.

        Returns the loss over the batch (L2 included), and how many of its pictures were classified correctly, 0 where
        targets stand for labels.
        Raises NotFiniteError, naming step and layer, for a loss or gradient that is not finite, and for weights
        that are not finite after the step; RankError if another rank has died.
        """
        with one_blas_thread():
            return self._step(batch, step, rate)

    def _step(self, batch: NDArray[np.int64], step: int, rate: float) -> tuple[float, int]:
        self.ranks.join()
        group = self.group
        update, memory, header = self.rank.update, self.memory, self.memory.header
        penalty = update.penalty()  # of the weights before the step
        self._load(batch)
        header["step"], header["count"], header["rate"], header["scale"] = step, len(batch), rate, 1
        self._run(LANES, *([FOLD] if self.folds else []))
        group.all_gather(memory.losses, self.lane_ends)
        group.all_gather(memory.correct, self.lane_ends)
        loss, correct = sum(memory.losses.tolist()) + penalty, sum(memory.correct.tolist())
        if not np.isfinite(loss):  # replay the step, which is a function of its key
            self._load(batch)  # augmentation may have changed them
            shards = ((x, mode) for i in range(self.rank.job.lanes) for x, _, mode in self.rank.lanes.shards(i))
            culprit = find_not_finite(self.model.network, self.rank.lanes.p, shards, self.rank.job.frozen)
            group.agree(NotFiniteError(f"step {step}: the loss is {loss}{culprit}: {ADVICE}"))
        group.reduce_scatter(memory.branches, self.owners, self.slices)
        chunks = self.rank.job.division.chunks
        try:
            if self.settings.clip_norm is not None:  # the norm must be known before the first weight changes
                self._run(REDUCE)
                group.all_gather(memory.gradient_squares, chunks)
                header["scale"] = update.clipping()
            self._run(UPDATE)
        except NotFiniteError as error:
            raise NotFiniteError(f"step {step}: {error}: {ADVICE}") from None
        group.all_gather(memory.theta, self.slices)
        group.all_gather(memory.weight_squares, chunks)
        return loss, correct

    def gather(self) -> None:
        """In a group: let every process have all of the state, of which each has kept its slice up to date."""
        for name, vector in self.state.vectors().items():
            if name != "theta":
                self.group.all_gather(vector, [min(end, vector.size) for end in self.slices])

    def _run(self, *commands: int) -> None:
        """Let all ranks do these commands.  Raises, in all processes of the group, what one of them raises."""
        error = None
        try:
            for command in commands:
                self.ranks.run(command)
        except Exception as caught:
            error = caught
        self.group.agree(error)

    def _load(self, batch: NDArray[np.int64]) -> None:
        """Copy these pictures to where all ranks see them."""
        np.take(self.split.x, batch, axis=0, out=self.memory.x[: len(batch)], mode="clip")
        np.take(self.split.labels, batch, axis=0, out=self.memory.labels[: len(batch)], mode="clip")


def pack_job(job: Job) -> bytes | None:
    """The job for other processes.  Warns and returns None if it holds something that they cannot import."""
    try:
        packed = pickle.dumps(job)
    except Exception as error:  # whatever pickling somebody's own class may raise
        warn_foreign(f"{type(error).__name__}: {error}")
        return None
    if b"__main__" in packed:  # the program that runs, which is another in every process
        warn_foreign("it is defined in __main__")
        return None
    return packed


def find_not_finite(network: Layer, p: Views, shards: Iterable[tuple[Array, Mode]], frozen: int = 0) -> str:
    """The first layer to make a number of these pictures that is not finite, as the end of a sentence.

    frozen: how many of the first layers run as in evaluation.
    """
    layers = network.layers if isinstance(network, Sequential) else (network,)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # checked at once
        for x, mode in shards:
            if not np.isfinite(x).all():
                return ": the pictures themselves are not finite"
            for i, layer in enumerate(layers):
                inside = (p[i], mode.inside(i)) if isinstance(network, Sequential) else (p, mode)
                x, _ = layer.forward(inside[0], x, EVAL if i < frozen else inside[1])
                if not np.isfinite(x).all():
                    return f": layer {i} {layer!r} is the first whose output is not finite"
    return " though all logits are finite"
