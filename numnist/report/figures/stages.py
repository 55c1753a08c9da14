"""The stages of a network as it is drawn: the picture, then each output that gets a drawing of its own.

That is the output of a convolution, pooling or dense layer, and any new shape.  Activations, normalisation, dropout and
flattening are listed with the stage that they follow.
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
    """One drawing.  kernel: rows and columns of the window on the previous stage."""

    name: str
    shape: Shape
    kernel: tuple[int, int] | None = None
    parameters: int = 0
    notes: list[str] = field(default_factory=list)
    detail: str = ""

    @property
    def lines(self) -> list[str]:
        """The text: the layer with its window, the layers that follow it, two a line, and the number of parameters."""
        notes = [", ".join(self.notes[i : i + 2]) for i in range(0, len(self.notes), 2)]
        parameters = [f"{self.parameters:,} parameters"] if self.parameters else []
        return [f"{self.name} {self.detail}".rstrip(), *notes, *parameters]

    @property
    def size(self) -> str:
        """24×12×12"""
        return "×".join(map(str, self.shape))


@dataclass(frozen=True)
class Skip:
    """A skip connection (of a Residual) from the output of one stage to that of a later one."""

    start: int
    end: int
    name: str


def stages(model: Model) -> tuple[list[Stage], list[Skip]]:
    """The network's stages and skip connections; the first stage is the picture."""
    found, skips = [Stage("picture", model.in_shape)], []

    def walk(plan: Plan) -> None:
        if isinstance(plan.layer, Residual):
            start = len(found) - 1
            walk(plan.children[0])
            projection = plan.children[1:]
            skips.append(Skip(start, len(found) - 1, repr(projection[0].layer) if projection else "+"))
            found[-1].parameters += sum(each.size for each in projection)
        elif plan.children:
            for child in plan.children:
                walk(child)
        elif not _is_stage(plan):
            found[-1].notes.append(type(plan.layer).__name__)
            found[-1].parameters += plan.size
        else:
            found.append(_stage(plan))

    walk(model.plan)
    return found, skips


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
