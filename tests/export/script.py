"""The exported page's JavaScript, called from Python."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numnist.export.exported import Exported
from numnist.export.one_file import library

BRIDGE = """
const models = {};
const given = ({ data, ...picture }) => ({ ...picture, data: bytesOf(data) });

/** An ink without what Python cannot take. */
const told = ({ picture, halves, characters, stages, ...ink }) => ({
  ...ink, planes: picture.map(({ data }) => Array.from(data)),
  halves: halves().map(told), characters: characters.map(told),
});

function answered(model, picture) {
  const start = performance.now(), reading = read(models[model], picture), ms = performance.now() - start;
  const part = ({ probs, logits, ink, ...rest }) => ({ ...rest, probs: Array.from(probs), ink: told(ink) });
  return { ...reading, ms, ink: told(reading.ink), parts: reading.parts.map(part) };
}

/** Every layer's output for normalised inputs, which are in the order of C. */
function traced(network, tensors, shape, inputs) {
  return inputs.map((data) => {
    const passed = [];
    const last = forward({ network, tensors }, { shape, data: Float32Array.from(data) }, (record, y, path) => {
      passed.push({ type: record.type, path, shape: y.shape, data: Array.from(y.data) });
    });
    return { passed, shape: last.shape, data: Array.from(last.data) };
  });
}
"""


class Script:
    """page: an empty one, which then has the functions."""

    def __init__(self, page: Any):
        self.page = page
        page.add_script_tag(content=library() + BRIDGE)

    def know(self, name: str, exported: Exported) -> None:
        """Have this model by this name."""
        data = b64encode(exported.data).decode()
        self.page.evaluate(
            "([name, data, network]) => { models[name] = modelOf(bytesOf(data), network); }",
            [name, data, exported.network],
        )

    def read(self, model: str, picture: NDArray[np.uint8]) -> Any:
        """The reading, with its inks."""
        return self.page.evaluate(
            "([model, picture]) => answered(model, given(picture))", [model, picture_record(picture)]
        )

    def trace(self, network: Any, arrays: dict[str, Any], shape: tuple[int, ...], inputs: NDArray[Any]) -> Any:
        """The outputs of every layer for inputs (N, ...)."""
        tensors = {name: {"data": array.ravel().tolist()} for name, array in arrays.items()}
        rows = [row.ravel().tolist() for row in inputs]
        return self.page.evaluate(
            """([network, tensors, shape, rows]) => {
              for (const each of Object.values(tensors)) each.data = Float32Array.from(each.data);
              return traced(network, tensors, shape, rows);
            }""",
            [network, tensors, list(shape), rows],
        )


def picture_record(picture: NDArray[np.uint8]) -> dict[str, Any]:
    """A picture (h, w), (h, w, 3) or (h, w, 4) as the JavaScript takes it."""
    h, w = picture.shape[:2]
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    return {"h": h, "w": w, "channels": channels, "data": b64encode(np.ascontiguousarray(picture).tobytes()).decode()}
