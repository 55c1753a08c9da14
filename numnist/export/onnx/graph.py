"""A graph under construction: nodes that each give one value, by names that are never given twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from numnist.nn.base import Array


@dataclass
class Graph:
    """Nodes in their order, and the constants that they use.   where: the layer under way, which names its nodes"""

    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)
    where: str = ""

    def add(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """A node of this operator, and the name of its output."""
        name = output or self._name(operator.lower())
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value: Array, name: str) -> str:
        """A constant array, and its name; floats become float32."""
        if value.dtype.kind == "f":
            value = value.astype(np.float32)
        name = self._name(name)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        """Whole numbers as a constant, such as axes."""
        return self.constant(np.array(values, np.int64), "numbers")

    def _name(self, kind: str) -> str:
        start = f"{self.where}.{kind}" if self.where else kind
        taken = sum(each.name.startswith(start) for each in (*self.nodes, *self.constants))
        return f"{start}_{taken}" if taken else start
