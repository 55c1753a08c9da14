"""Which modules of torch.nn each layer becomes, as source code, and the names of their tensors in a state_dict.

A picture's axes have the same order in both, (C, H, W), so that weights stay as they are; only columns (n, 1) become
vectors (n,).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numnist.nn import (
    AvgPool2d,
    BatchNorm,
    Conv2d,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    LayerNorm,
    MaxPool2d,
    Residual,
    Sequential,
)  # fmt: skip
from numnist.nn.activations import ELU, GELU, LeakyReLU, ReLU, Sigmoid, SiLU, Softmax, Tanh
from numnist.nn.base import Layer, Param, Plan, Shape
from numnist.nn.windows import Windows
from numnist.support.errors import UsageError

NAMES = {"w": "weight", "b": "bias", "mean": "running_mean", "var": "running_var"}
COUNTER = "num_batches_tracked"  # which a batch norm of PyTorch has besides
PLAIN: dict[type[Layer], str] = {
    ReLU: "nn.ReLU()", LeakyReLU: "nn.LeakyReLU({0.slope!r})", ELU: "nn.ELU({0.alpha!r})",
    GELU: 'nn.GELU(approximate="tanh")', SiLU: "nn.SiLU()", Sigmoid: "nn.Sigmoid()", Tanh: "nn.Tanh()",
    Softmax: "nn.Softmax(dim=1)", Dropout: "nn.Dropout({0.rate!r})", Flatten: "nn.Flatten()",
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """A parameter in a state_dict.   name: PyTorch's;  shape: PyTorch's;  kind: the layer that it belongs to"""

    name: str
    shape: Shape
    kind: type[Layer]


@dataclass
class Modules:
    """The modules of a network.

    lines: their source, the arguments of one nn.Sequential;  tensors: by numnist's names ("0.w");  counters: the names
    of the counters of batch norms;  classes: which classes model.py must define itself.
    """

    lines: list[str] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    counters: list[str] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, plan: Plan, prefix: str) -> Modules:
        """prefix: of all names, such as "layers."   Raises UsageError for a layer that is not numnist's."""
        modules = cls()
        modules.lines = modules._inside(plan, "", prefix)
        return modules

    def _inside(self, plan: Plan, place: str, prefix: str) -> list[str]:
        """A layer as the arguments of its own nn.Sequential."""
        sources: list[str] = []
        self._add(sources, plan, place, prefix)
        return [line for source in sources for line in source.splitlines()]

    def _add(self, sources: list[str], plan: Plan, place: str, prefix: str) -> None:
        """Append the modules of one layer.   place: numnist's, "3.0.";  prefix: PyTorch's"""
        layer: Any = plan.layer
        kind = type(layer)
        if kind is Sequential:
            for i, child in enumerate(plan.children):
                self._add(sources, child, f"{place}{i}.", prefix)
            return
        if kind is Residual:
            sources.append(self._residual(plan, place, f"{prefix}{len(sources)}."))
            return
        *before, last = self._modules(plan)
        sources += [f"{source}," for source in before]
        self._name(plan.params, kind, place, f"{prefix}{len(sources)}.")
        sources.append(f"{last},  # {', '.join(map(str, plan.out_shape))}")

    def _name(self, params: dict[str, Param], kind: type[Layer], place: str, prefix: str) -> None:
        for name, param in params.items():
            shape = param.shape if name == "w" and kind in (Dense, Conv2d) else param.shape[:-1]
            self.tensors[place + name] = Tensor(prefix + NAMES[name], shape, kind)
        if kind is BatchNorm:
            self.counters.append(prefix + COUNTER)

    def _residual(self, plan: Plan, place: str, prefix: str) -> str:
        self.classes.add("Residual")
        lines = ["Residual("]
        for i, (child, name) in enumerate(zip(plan.children, ("body", "shortcut"))):
            inside = self._inside(child, f"{place}{i}.", f"{prefix}{name}.")
            lines += ["    nn.Sequential(", *(f"        {line}" for line in inside), "    ),"]
        return "\n".join([*lines, "),"])

    def _modules(self, plan: Plan) -> list[str]:
        """The modules of a layer without layers inside; the last has the layer's parameters."""
        layer: Any = plan.layer
        kind, shape = type(layer), plan.in_shape
        if kind in PLAIN:
            return [PLAIN[kind].format(layer)]
        if kind is Dense:
            return [_call("nn.Linear", shape[0], layer.units, bias=layer.bias)]
        if kind is Conv2d:
            win = layer.windows(*shape[1:])
            before, options = _window(win, "nn.ZeroPad2d({sides})")
            options |= {"dilation": _pair(win.dh, win.dw), "groups": layer.groups, "bias": layer.bias}
            return [*before, _call("nn.Conv2d", shape[0], layer.filters, _pair(win.kh, win.kw), **options)]
        if kind in (MaxPool2d, AvgPool2d):
            return self._pool(layer, layer.windows(*shape[1:]))
        if kind is GlobalAvgPool:
            return ["nn.AdaptiveAvgPool2d(1)", "nn.Flatten()"]
        if kind is BatchNorm:
            name = "nn.BatchNorm2d" if len(shape) == 3 else "nn.BatchNorm1d"
            moved = float(f"{1 - layer.momentum:.12g}")  # PyTorch's is the share of the new value: 0.1, not 0.0999…98
            return [_call(name, shape[0], eps=layer.eps, momentum=moved)]
        if kind is LayerNorm:
            return [_call("nn.LayerNorm", shape, eps=layer.eps)]
        raise UsageError(f"{layer!r} has no counterpart in PyTorch: export a network of numnist's own layers.")

    def _pool(self, layer: Any, win: Windows) -> list[str]:
        window = _pair(win.kh, win.kw)
        if type(layer) is MaxPool2d:
            before, options = _window(win, 'nn.ConstantPad2d({sides}, float("-inf"))')
            return [*before, _call("nn.MaxPool2d", window, **options)]
        before, options = _window(win, "nn.ZeroPad2d({sides})")
        if before and not layer.count_padding:
            self.classes.add("AvgPoolInside")
            return [_call("AvgPoolInside", _sides(win), window, options["stride"])]
        return [*before, _call("nn.AvgPool2d", window, **options, count_include_pad=layer.count_padding)]


DEFAULTS: dict[str, Any] = {  # of PyTorch, which are not written; a pooling's stride has none that is the same for all
    "padding": 0, "dilation": 1, "groups": 1, "bias": True, "count_include_pad": True, "eps": 1e-5, "momentum": 0.1,
}  # fmt: skip


def _call(module: str, *args: Any, **options: Any) -> str:
    """The expression, without options that are PyTorch's defaults."""
    left_out = DEFAULTS | ({"stride": 1} if module == "nn.Conv2d" else {})
    words = [repr(each) for each in args]
    words += [f"{name}={value!r}" for name, value in options.items() if name not in left_out or value != left_out[name]]
    return f"{module}({', '.join(words)})"


def _window(win: Windows, pad: str) -> tuple[list[str], dict[str, Any]]:
    """(modules that pad, stride and padding).   pad: the module for sides that differ; PyTorch's own padding is the
    same on both, and its "same" knows no strides"""
    stride = _pair(win.sh, win.sw)
    if win.top == win.bottom and win.left == win.right:
        return [], {"stride": stride, "padding": _pair(win.top, win.left)}
    return [pad.format(sides=_sides(win))], {"stride": stride}


def _sides(win: Windows) -> tuple[int, int, int, int]:
    """In PyTorch's order."""
    return win.left, win.right, win.top, win.bottom


def _pair(a: int, b: int) -> int | tuple[int, int]:
    return a if a == b else (a, b)
