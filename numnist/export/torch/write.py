"""A whole model for PyTorch: model.py, which is meant to be read and changed, its weights, and a README.

A folder, since PyTorch's own single file is a pickle, which runs whatever code somebody has put into it: here the code
is a page of Python, and the weights are numbers alone.
"""

from __future__ import annotations

import json
import re

import numpy as np

from numnist.export.exported import PREPARED, Exported
from numnist.export.torch.classes import CLASSES
from numnist.export.torch.layers import Modules
from numnist.ink.normalize import is_features
from numnist.model.model import Model
from numnist.model.parameters import Parameters
from numnist.nn.base import Array

LAYERS = "layers."  # where the network stands in model.py's Network
SCALE, OFFSET = "scale", "offset"
METADATA = "numnist.torch"  # the key of what numnist reads back from weights.safetensors
FORMAT = 1


def folder(exported: Exported) -> dict[str, bytes]:
    """The folder's files by name.   Raises UsageError for layers that are not numnist's."""
    modules = Modules.of(exported.model.plan, LAYERS)
    return {
        "model.py": _source(exported, modules).encode(),
        "weights.safetensors": _weights(exported, modules),
        "README.md": _readme(exported).encode(),
    }


def state_dict(model: Model, modules: Modules) -> dict[str, Array]:
    """The tensors by PyTorch's names, the normalisation's included."""
    scale, offset = line(model)
    arrays = {SCALE: scale, OFFSET: offset}
    parameters: Parameters = model.parameters
    arrays |= {tensor.name: parameters.arrays()[name].reshape(tensor.shape) for name, tensor in modules.tensors.items()}
    arrays |= {name: np.zeros((), np.int64) for name in modules.counters}
    return {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}


def line(model: Model) -> tuple[Array, Array]:
    """(scale, offset) of pixels 0..1, or features: (C, 1, 1) or (C, H, W) of the model's type."""
    found = model.normalization.line(np.float64, model.dtype)
    shape = model.normalization.std.shape
    scale, offset = (np.asarray(each, model.dtype).reshape(shape) for each in found)
    return scale, offset


def _weights(exported: Exported, modules: Modules) -> bytes:
    from safetensors.numpy import save

    model = exported.model
    known = {
        "format": FORMAT, "network": exported.network, "in_shape": list(model.in_shape), "classes": list(model.classes),
        "preparation": model.preparation, "background": model.background, "normalization": model.normalization.kind,
        "mean": model.normalization.mean.tolist(), "std": model.normalization.std.tolist(), "about": model.about,
        "weights_sha256": model.weights_sha256,
    }  # fmt: skip
    return save(state_dict(model, modules), {METADATA: json.dumps(known, allow_nan=False)})


def _title(exported: Exported) -> str:
    return ascii(exported.name or "a model")[1:-1].replace('"', "'")


def _inputs(exported: Exported) -> str:
    C, H, W = exported.model.in_shape
    if is_features(exported.model.in_shape):
        return f"(N, {C}) features"
    return f"(N, {C}, {H}, {W}) pixels, uint8 0..255 or floats 0..1"


def _source(exported: Exported, modules: Modules) -> str:
    model = exported.model
    features = is_features(model.in_shape)
    lines, used = list(modules.lines), set(modules.classes)
    if model.background:
        lines.append("NoneOfThese(),")
        used.add("NoneOfThese")
    count = len(model.classes) + model.background
    scale, _ = line(model)
    facts: dict[str, str] = {
        "title": _title(exported),
        "size": f"{model.plan.size:,}",
        "inputs": _inputs(exported),
        "prepared": PREPARED[model.preparation],
        "none": '\n"None of these" is the last logit, whose label is None.' if model.background else "",
        "sha": model.weights_sha256,
        "count": str(count),
        "classes": ascii((*model.classes, *([None] if model.background else []))),
        "shape": repr(model.in_shape[:1] if features else tuple(model.in_shape)),
        "dtype": f"torch.{model.dtype.name}",
        "line": ", ".join(map(str, scale.shape)),
        "own": "".join(f"\n\n{text}" for name, text in CLASSES.items() if name in used),
        "layers": "\n".join(" " * 12 + each for each in lines),
        "forward": FEATURES if features else PIXELS,
        "kind": "row of features" if features else "prepared picture, (H, W) or (C, H, W)",
    }
    return re.sub(r"<(\w+)>", lambda found: facts[found[1]], MODEL)  # at once: a class may be called "<size>"


PIXELS = """        if x.dtype == torch.uint8:
            x = x.to(self.scale.dtype) / 255
        elif not x.is_floating_point():
            raise TypeError(f"pixels are {x.dtype}, but must be uint8 0..255 or floats 0..1")
        return self.layers(x.to(self.scale.dtype) * self.scale + self.offset)"""

FEATURES = """        x = x.to(self.scale.dtype)[:, :, None, None]
        return self.layers(x * self.scale + self.offset)"""

MODEL = '''"""<title>, written by numnist: <size> parameters.  Needs torch and safetensors.

    from model import classify, load
    network = load()  # load("cuda"): on a GPU
    label, probability = classify(network, picture)

Inputs are <inputs>, prepared already:
<prepared>.
The preparation is not in this file.
Outputs are logits, (N, <count>), in the order of CLASSES.<none>
SHA-256 of the weights: <sha>
"""

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

CLASSES = <classes>
SHAPE = <shape>
DTYPE = <dtype>
WEIGHTS = Path(__file__).with_name("weights.safetensors")
<own>

class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.ones(<line>))  # the normalisation, measured on the training pictures
        self.register_buffer("offset", torch.zeros(<line>))
        self.layers = nn.Sequential(
<layers>
        )

    def forward(self, x):
        if tuple(x.shape[1:]) != SHAPE:
            raise ValueError(f"inputs must be (N, *{SHAPE}), but are {tuple(x.shape)}")
<forward>


def load(device="cpu", weights=WEIGHTS):
    """The trained network, in evaluation mode: call .train() before you train it."""
    network = Network().to(DTYPE)
    network.load_state_dict(load_file(weights), strict=True)
    return network.to(device).eval()


def save(network, path):
    """Write the weights to a .safetensors file that `load` and `numnist import` read."""
    with safe_open(WEIGHTS, "pt") as file:
        metadata = file.metadata()
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path, metadata)


def classify(network, x):
    """(label, probability) of one <kind>."""
    x = torch.as_tensor(x).to(network.scale.device)
    x = x[None] if x.dim() == len(SHAPE) else x[None, None]
    with torch.no_grad():
        probabilities = network(x)[0].softmax(dim=0)
    best = int(probabilities.argmax())
    return CLASSES[best], float(probabilities[best])
'''


def _readme(exported: Exported) -> str:
    return f"""# {_title(exported)}

A network that numnist trained, for PyTorch: `pip install torch safetensors`.

- `model.py` is the network, in plain `torch.nn`. Read it, change it. `load()` returns it with its weights.
- `weights.safetensors` has the weights under the names of its `state_dict`, and no code.
- Inputs: {_inputs(exported)}, prepared already: {PREPARED[exported.model.preparation]}.
- Not in here: the preparation of pictures, and whether an answer is sure.
- On a GPU: `load("cuda")`. Back again: `save(network, "tuned.safetensors")`, then `numnist import tuned.safetensors`.
"""
