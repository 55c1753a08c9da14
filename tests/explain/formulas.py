"""A strict evaluator of formulas as numnist prints them, so that tests can compare them with what the library computes.

    value("dw[k, j] = Σ dy[k, n]·x[j, n]", {"dy": dy, "x": x}, like=dw)

Notation: a·b, a b for matrices, a² a³ aᵗ aᵀ, √a, eˣ, a^b, ⌊a⌋, "A where C, else B", [C] (1 if true, else 0).  Σ takes
the product that follows.  It sums over all index letters that are not bound; without index letters it is the
environment's "Σ".
An array with fewer indices than axes keeps its last axes, as in dy[k]; outside it is 0, as padding is.  `+=` adds up
over all index letters.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

SYMBOLS = {
    "(∂body/∂x)ᵀ": "body_x.T", "(∂shortcut/∂x)ᵀ": "shortcut_x.T", "e⁻ˣ": "exp(-x)", "eˣⁱ": "exp(x[i])",
    "eˣʲ": "exp(x[j])", "eˣ": "exp(x)", "yᵢ": "y[i]", "sⱼ": "s[j]", "−": "-", "·": "*", "²": "**2", "³": "**3",
    "ᵀ": ".T", "ᵗ": "**t", "π": "pi", "⌊": "floor(", "⌋": ")",
    "^": "**",
}  # fmt: skip
FUNCTIONS = {
    "max": np.maximum,
    "min": np.minimum,
    "floor": lambda a: np.floor(a).astype(int),
    "cos": np.cos,
    "sin": np.sin,
    "tan": np.tan,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
}
OPERATIONS = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
    ast.MatMult: np.matmul,
}  # fmt: skip
COMPARISONS = {ast.Gt: np.greater, ast.Lt: np.less, ast.Eq: np.equal}
HEAD = re.compile(r"^([\w\u0302]+)(?:\[(.*?)\])? (=|\+=|←) (.*)$", re.DOTALL)


@dataclass
class Formula:
    """name[indices] = right side, and under which condition."""

    name: str
    indices: list[ast.expr]
    adds: bool
    right: ast.expr
    condition: ast.expr | None


def parsed(text: str) -> Formula:
    found = HEAD.match(text)
    assert found, f"{text!r} is no formula"
    name, indices, sign, right = found.groups()
    right, condition = (right.partition(" where ")[::2]) if sign == "+=" else (right, "")
    return Formula(
        name, expression(f"({indices},)").elts if indices else [], sign == "+=", expression(right),
        expression(condition.replace(" = ", " == ")) if condition else None,
    )  # fmt: skip


def expression(text: str) -> ast.expr:
    """A right side as Python's syntax tree, which is never run as Python."""
    if found := re.fullmatch(r"(.*?) where (.*?), (?:else (.*)|(.*) elsewhere)", text):
        text = f"where({found[2]}, {found[1]}, {found[3] or found[4]})"
    for symbol, meant in SYMBOLS.items():
        text = text.replace(symbol, meant)
    text = re.sub(r"√([a-z]\w*)", r"sqrt(\1)", text).replace("√", "sqrt")
    text = re.sub(r"\bα\(", "α*(", text)
    text = re.sub(r"\b(\d[\d.]*)(?: (?=[a-z])|(?=[a-z]))", r"\1*", text)  # 0.044715 x, 2u
    text = re.sub(r"(?<=[\w\u0302T)]) (?=[\w\u0302(])", " @ ", text)
    while "Σ" in text:
        at = text.rindex("Σ")
        end = end_of_product(text, at + 1)
        text = f"{text[:at]}total({text[at + 1 : end].strip(' @')}){text[end:]}"
    return ast.parse(text.strip(), mode="eval").body


def end_of_product(text: str, at: int) -> int:
    """Where the product ends that begins at `at`: before + or -, or where a bracket closes that was open."""
    depth = 0
    while at < len(text):
        depth += (text[at] in "([") - (text[at] in ")]")
        if depth < 0 or (depth == 0 and (text[at] == "," or text[at : at + 3] in (" + ", " - "))):
            break
        at += 1
    return at


class Evaluator:
    """Evaluates formulas with arrays, numbers and functions by name.   definitions: of further names"""

    def __init__(self, environment: dict[str, Any], definitions: list[Formula]):
        self.environment = environment
        self.definitions = {formula.name: formula for formula in definitions}

    def value(self, formula: Formula, like: Any) -> Any:
        """The left side as an array of the shape of `like`."""
        sides = [*formula.indices, formula.right, *([formula.condition] if formula.condition else [])]
        if not formula.indices:
            return self.number(formula.right, {})
        letters = [name for name in self.letters(sides) if formula.adds or name in self.letters(formula.indices)]
        ranges = self.ranges(sides) | {
            index.id: like.shape[axis] for axis, index in enumerate(formula.indices) if isinstance(index, ast.Name)
        }
        found = np.zeros(like.shape)
        for values in product(*(range(ranges[name]) for name in letters)):
            scope = dict(zip(letters, values))
            at = tuple(self.number(index, scope) for index in formula.indices)
            if formula.adds:
                if formula.condition is None or self.number(formula.condition, scope):
                    found[at] += self.number(formula.right, scope)
            else:
                found[at] = self.number(formula.right, scope)
        return found

    def letters(self, nodes: list[ast.expr]) -> list[str]:
        """Index letters: names inside square brackets that nothing else explains."""
        found: dict[str, None] = {}
        for node in nodes:
            for name in self.names(node):
                if name not in self.environment and name not in FUNCTIONS and name not in ("total", "where"):
                    found[name] = None
        return list(found)

    def names(self, node: ast.expr) -> Iterator[str]:
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                definition = self.definitions.get(part.id)
                if definition is None:
                    yield part.id
                elif not definition.indices:
                    yield from self.names(definition.right)

    def ranges(self, nodes: list[ast.expr]) -> dict[str, int]:
        """How far each index letter goes: as far as the shortest axis in whose place it stands alone."""
        found = dict(self.environment.get("ranges", {}))
        bodies = [*nodes, *(definition.right for definition in self.definitions.values())]
        for part in (part for node in bodies for part in ast.walk(node)):
            if isinstance(part, ast.Subscript) and part.value.id in self.environment:
                for axis, index in enumerate(self.indices(part)):
                    if isinstance(index, ast.Name):
                        size = self.environment[part.value.id].shape[axis]
                        found[index.id] = min(size, found.get(index.id, size))
        return found

    @staticmethod
    def indices(node: ast.Subscript) -> list[ast.expr]:
        return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]

    def number(self, node: ast.expr, scope: dict[str, int]) -> Any:
        match node:
            case ast.Constant(value=int() | float()):
                return node.value
            case ast.Name():
                if node.id in scope:
                    return scope[node.id]
                if node.id in self.environment:
                    return self.environment[node.id]
                return self.number(self.definitions[node.id].right, scope)
            case ast.UnaryOp(op=ast.USub()):
                return -self.number(node.operand, scope)
            case ast.BinOp():
                return OPERATIONS[type(node.op)](self.number(node.left, scope), self.number(node.right, scope))
            case ast.Compare(ops=[sign], comparators=[right]):
                return COMPARISONS[type(sign)](self.number(node.left, scope), self.number(right, scope))
            case ast.List(elts=[ast.Compare() as condition]):
                return np.multiply(self.number(condition, scope), 1.0)
            case ast.Attribute(attr="T"):
                return self.number(node.value, scope).T
            case ast.Subscript(value=ast.Name(id=name)):
                at = tuple(self.number(index, scope) for index in self.indices(node))
                if name in self.environment:
                    array = self.environment[name]
                    outside = any(not 0 <= i < size for i, size in zip(at, array.shape))
                    return 0.0 if outside else array[at]
                definition = self.definitions[name]
                return self.number(definition.right, dict(zip((index.id for index in definition.indices), at)))
            case ast.Call(func=ast.Name(id="where"), args=[condition, yes, no]):
                return np.where(*(self.number(part, scope) for part in (condition, yes, no)))
            case ast.Call(func=ast.Name(id="total"), args=[term]):
                return self.total(term, scope)
            case ast.Call(func=ast.Name(id=name)):
                function = self.environment.get(f"{name}()") or FUNCTIONS[name]
                return function(*(self.number(arg, scope) for arg in node.args))
        raise AssertionError(f"{ast.unparse(node)} is not part of the notation")

    def total(self, term: ast.expr, scope: dict[str, int]) -> Any:
        letters = [name for name in self.letters([term]) if name not in scope]
        if not letters:
            return self.environment["Σ"](self.number(term, scope))
        ranges = self.ranges([term])
        each = product(*(range(ranges[name]) for name in letters))
        return sum(self.number(term, scope | dict(zip(letters, values))) for values in each)


def definitions_in(text: str) -> list[Formula]:
    """Of "t = tanh(x), u = 2x": each."""
    return [parsed(part) for part in re.split(r", (?=[\w\u0302]+(?:\[[^\]]*\])? = )", text)]


def value(text: str, environment: dict[str, Any], like: Any = None, definitions: str = "") -> Any:
    """The value of a formula's left side.   like: an array of its shape;  definitions: what follows "with"."""
    text, _, own = text.partition(",  with ")
    further = definitions_in(definitions) if definitions else []
    further += definitions_in(own) if own else []
    return Evaluator(environment, further).value(parsed(text), like)
