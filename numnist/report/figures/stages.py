"""Stages: a network as it is drawn, a picture and what one layer after the other makes of it.

A stage is what a convolution, pooling or dense layer makes, or any new shape; activations, normalisation, dropout and
flattening are noted at the stage that they follow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from numnist.model.model import Model
from numnist.nn import Conv2d, Dense, Flatten, Residual
from numnist.nn.base import Plan, Shape
from numnist.nn.pool import Pool2d
from numnist.support.checks import pair


@dataclass
class Stage:
    """What is drawn once.  kernel: rows and columns of the window that looks at the stage before."""

    name: str
    shape: Shape
    kernel: tuple[int, int] | None = None
    parameters: int = 0
    notes: list[str] = field(default_factory=list)
    detail: str = ""

    @property
    def lines(self) -> list[str]:
        """In words: the layer with its window, what follows it, two a line, and its parameters."""
        notes = [", ".join(self.notes[i : i + 2]) for i in range(0, len(self.notes), 2)]
        parameters = [f"{self.parameters:,} parameters"] if self.parameters else []
        return [f"{self.name} {self.detail}".rstrip(), *notes, *parameters]

    @property
    def size(self) -> str:
        """24×12×12"""
        return "×".join(map(str, self.shape))


@dataclass(frozen=True)
class Way:
    """A way around from the output of one stage to that of a later one."""

    start: int
    end: int
    name: str


def stages(model: Model) -> tuple[list[Stage], list[Way]]:
    """The network as it is drawn; the first stage is the picture."""
    found, ways = [Stage("picture", model.in_shape)], []

    def walk(plan: Plan) -> None:
        if isinstance(plan.layer, Residual):
            start = len(found) - 1
            walk(plan.children[0])
            around = plan.children[1:]
            ways.append(Way(start, len(found) - 1, repr(around[0].layer) if around else "+"))
            found[-1].parameters += sum(each.size for each in around)
        elif plan.children:
            for child in plan.children:
                walk(child)
        elif not _is_stage(plan):
            found[-1].notes.append(type(plan.layer).__name__)
            found[-1].parameters += plan.size
        else:
            found.append(_stage(plan))

    walk(model.plan)
    return found, ways


def _is_stage(plan: Plan) -> bool:
    if isinstance(plan.layer, Conv2d | Pool2d | Dense):
        return True
    return plan.in_shape != plan.out_shape and not isinstance(plan.layer, Flatten)


def _stage(plan: Plan) -> Stage:
    layer, stage = plan.layer, Stage(type(plan.layer).__name__, plan.out_shape, parameters=plan.size)
    if isinstance(layer, Conv2d | Pool2d):
        size = layer.kernel if isinstance(layer, Conv2d) else layer.window
        kh, kw = pair(size, "kernel")
        apart = pair(layer.dilation, "dilation") if isinstance(layer, Conv2d) else (1, 1)
        stage.kernel = ((kh - 1) * apart[0] + 1, (kw - 1) * apart[1] + 1)
        stage.detail = f"{kh}×{kw}" + (f", every {apart[0]}" if apart != (1, 1) else "")
    return stage
