"""JSON Schema, as short as it can be written: objects, lists, numbers, and what may be null."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def one_of(*values: Any) -> Schema:
    """One of some values."""
    return {"enum": list(values)}


def items(of: Schema, least: int = 0, most: int | None = None) -> Schema:
    """A list."""
    return {"type": "array", "items": of, "minItems": least} | ({} if most is None else {"maxItems": most})


def fields(optional: dict[str, Schema] | None = None, closed: bool = False, **required: Schema) -> Schema:
    """An object with these fields.   closed: and no others;  from_ stands for from, a keyword of Python."""
    named = {name.rstrip("_"): schema for name, schema in required.items()}
    found: Schema = {"type": "object", "properties": named | (optional or {})}
    if named:
        found["required"] = list(named)
    return found | ({"additionalProperties": False} if closed else {})


def mapping(of: Schema) -> Schema:
    """An object with any names."""
    return {"type": "object", "additionalProperties": of}


def maybe(schema: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def ref(name: str) -> Schema:
    """One of the document's named types."""
    return {"$ref": f"#/components/schemas/{name}"}


def both(*schemas: Schema) -> Schema:
    """All of them at the same time."""
    return {"allOf": list(schemas)}
