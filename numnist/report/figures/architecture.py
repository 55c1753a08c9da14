"""A network's architecture with its shapes: feature maps are stacks of sheets, feature vectors columns of cells.

A stage is the picture or an output that gets a drawing of its own: that of a convolution, pooling or dense layer, and
any new shape.  Activations, normalisation, dropout and flattening are listed with the stage that they follow.  An
orange window is the receptive field of one place of a map in the stage before; a skip connection is an arc.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log2, sqrt
from typing import Any

from numnist.model.model import Model
from numnist.nn import Conv2d, Dense, Flatten, Residual
from numnist.nn.base import Plan, Shape
from numnist.nn.pool import Pool2d
from numnist.report.figures.canvas import Canvas, length, shortened
from numnist.report.figures.theme import Theme, rules
from numnist.support.checks import pair

PICTURE, STACK, STEP = 104.0, 5.0, 40.0  # of the input, between two sheets, and between two stages, in points
COLUMN, THICK = 150.0, 15.0  # of the longest column of cells
CELLS = 24  # drawn of a column
NAMED = 12  # classes at most, for their names to be written beside their cells
LINE = 12.5  # of the small print below the stages


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
        elif isinstance(plan.layer, Flatten) or (
            plan.in_shape == plan.out_shape and not isinstance(plan.layer, Conv2d | Pool2d | Dense)
        ):
            found[-1].notes.append(type(plan.layer).__name__)
            found[-1].parameters += plan.size
        else:
            found.append(_stage(plan))

    walk(model.plan)
    return found, skips


def _stage(plan: Plan) -> Stage:
    layer, stage = plan.layer, Stage(type(plan.layer).__name__, plan.out_shape, parameters=plan.size)
    if isinstance(layer, Conv2d | Pool2d):
        size, dilation = (layer.kernel, layer.dilation) if isinstance(layer, Conv2d) else (layer.window, 1)
        (kh, kw), apart = pair(size, "kernel"), pair(dilation, "dilation")
        stage.kernel = ((kh - 1) * apart[0] + 1, (kw - 1) * apart[1] + 1)
        stage.detail = f"{kh}×{kw}" + (f", every {apart[0]}" if apart != (1, 1) else "")
    return stage


@rules()
def network_figure(theme: Theme, model: Model, heading: tuple[str, str] | None = None) -> Any:
    """From the picture on the left to the classes on the right."""
    found, skips = stages(model)
    classes = [shortened(name, 90, 8.5) for name in model.classes] if len(model.classes) <= NAMED else []
    stacks = [_stack(stage, max(found[0].shape[1:])) for stage in found]
    last = stacks[-1]
    slots = [max(stack.width, _label_width(stack.stage)) for stack in stacks]
    beside = 8 + max((length(name, 8.5) for name in classes), default=0)
    over = 30.0 if skips else 0.0
    high = max(stack.height for stack in stacks)
    middle = over + 16 + high / 2
    total = sum(slots) + STEP * (len(found) - 1) + max(0.0, beside - (slots[-1] - last.width) / 2)
    below = 12 + LINE * max(len(stage.lines) for stage in found)
    canvas = Canvas(theme, total, over + 16 + high + below, heading)
    x = 0.0
    for slot, stack in zip(slots, stacks):
        stack.left = x + (slot - stack.width) / 2
        x += slot + STEP
    for i, stack in enumerate(stacks):
        if i:
            _connection(canvas, stacks[i - 1], stack, middle)
        _draw(canvas, stack, middle)
        _labels(canvas, stack, middle, high)
    for k, name in enumerate(classes):
        cell = last.height / len(classes)
        y = middle + (k + 0.5 - len(classes) / 2) * cell
        canvas.write(last.left + last.width + 8, y, name, size=min(8.5, cell), valign="center_baseline")
    for skip in skips:
        _arc(canvas, skip, [stack.center for stack in stacks], middle - high / 2 - 14)
    return canvas.figure


@dataclass
class Stack:
    """A stage as it is drawn: sheets of across × down points, one behind the other.  A column of cells is one sheet."""

    stage: Stage
    across: float
    down: float
    sheets: int = 1
    left: float = 0.0

    @property
    def width(self) -> float:
        return self.across + STACK * (self.sheets - 1)

    @property
    def height(self) -> float:
        return self.down + STACK * (self.sheets - 1)

    @property
    def center(self) -> float:
        return self.left + self.width / 2


def _stack(stage: Stage, largest: int) -> Stack:
    """Sides follow the square roots of the map's, so that small maps stay visible; the picture's largest has PICTURE.

    There is 1 sheet for one map, and 1.4 more each time their number doubles.
    """
    if len(stage.shape) == 1:
        return Stack(stage, THICK, min(COLUMN, 40 + 11.5 * log2(stage.shape[0] + 1)))
    down, across = (max(10.0, PICTURE * sqrt(size / largest)) for size in stage.shape[1:])
    return Stack(stage, across, down, 1 + round(1.4 * log2(stage.shape[0])))


def _label_width(stage: Stage) -> float:
    name, *others = stage.lines
    return max(length(name, 9, bold=True), length(stage.size, 8.5), *(length(text, 8) for text in others))


def _draw(canvas: Canvas, stack: Stack, middle: float) -> None:
    """The sheets, the front one at the bottom left, or a column with its cells."""
    theme, x, bottom = canvas.theme, stack.left, middle + stack.height / 2
    for k in reversed(range(stack.sheets)):
        place = (x + k * STACK, bottom - stack.down - k * STACK, stack.across, stack.down)
        canvas.box(*place, theme.background, edgecolor=theme.accent, linewidth=0.9)
        canvas.box(*place, theme.accent, alpha=0.14)
    cells = min(stack.stage.shape[0], CELLS) if len(stack.stage.shape) == 1 else 1
    for k in range(1, cells):
        y = bottom - stack.height + k * stack.height / cells
        canvas.line([x, x + THICK], [y, y], theme.accent, 0.5)


def _connection(canvas: Canvas, before: Stack, stack: Stack, middle: float) -> None:
    """A stage's input: a window that narrows to one place of its map, or all of the stage before."""
    theme = canvas.theme
    if stack.stage.kernel is not None and len(before.stage.shape) == 3:
        top, to_top = (middle + each.height / 2 - each.down for each in (before, stack))  # of the sheets in front
        kh, kw = (min(1.0, k / n) for k, n in zip(stack.stage.kernel, before.stage.shape[1:]))
        wide, high = kw * before.across, kh * before.down
        x, y = before.left + 0.62 * (before.across - wide), top + 0.3 * (before.down - high)
        canvas.box(x, y, wide, high, "none", fill=False, edgecolor=theme.bad, linewidth=1.2, zorder=3)
        point = (stack.left + 0.62 * stack.across, to_top + 0.3 * stack.down)
        for corner in (y, y + high):
            canvas.line([x + wide, point[0]], [corner, point[1]], theme.bad, 0.8, zorder=3)
        return
    for sign, edge in ((-1, before.width), (1, before.across)):  # the upper edge ends at the last sheet
        ends = [middle + sign * each.height / 2 for each in (before, stack)]
        canvas.line([before.left + edge, stack.left], ends, theme.faint, 0.8, zorder=3)


def _labels(canvas: Canvas, stack: Stack, middle: float, high: float) -> None:
    """The shape above the stage, everything else below."""
    x, faint = stack.center, canvas.theme.faint
    canvas.write(x, middle - stack.height / 2 - 7, stack.stage.size, size=8.5, align="center")
    name, *others = stack.stage.lines
    y = middle + high / 2 + 18
    canvas.write(x, y, name, size=9, bold=True, align="center")
    for line in others:
        y += LINE
        canvas.write(x, y, line, faint, size=8, align="center")


def _arc(canvas: Canvas, skip: Skip, centers: list[float], y: float) -> None:
    """A skip connection, over the stages."""
    colour, (start, end) = canvas.theme.good, (centers[skip.start], centers[skip.end])
    canvas.line([start, start, end, end], [y, y - 14, y - 14, y], colour, 1.4)
    canvas.line([end], [y], colour, marker="v", markersize=5)
    canvas.write((start + end) / 2, y - 18, skip.name, colour, size=8, align="center")
