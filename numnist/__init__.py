"""numnist: neural networks for handwriting, in NumPy that is meant to be read.

    from numnist import Adam, Model, Sequential, Dense, Flatten, ReLU, load, train

Everything here is pure Python and NumPy; the command line, the figures and the page import what else they need.
A name is imported when it is first asked for: `import numnist` alone imports nothing, not even NumPy.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from threading import RLock

__version__ = "0.2.0"

_PUBLIC = {  # module: its public names, which __init__.pyi tells type checkers
    "data": ["Dataset", "Split", "load"],
    "data.augment": ["Augment"],
    "support.errors": [
        "DataError", "ModelFileError", "NotFiniteError", "NumnistError", "RankError", "ShapeError", "UsageError",
    ],
    "evaluation.gradcheck": ["gradcheck"],
    "nn": [
        "AvgPool2d", "BatchNorm", "Conv2d", "Dense", "Dropout", "Flatten", "GlobalAvgPool", "GlorotNormal",
        "GlorotUniform", "HeNormal", "HeUniform", "Layer", "LayerNorm", "LeCunNormal", "MaxPool2d", "Mode", "Normal",
        "Ones", "Orthogonal", "Residual", "Sequential", "Zeros",
    ],
    "nn.activations": ["ELU", "GELU", "LeakyReLU", "ReLU", "SiLU", "Sigmoid", "Softmax", "Tanh"],
    "nn.losses": ["MeanSquaredError", "MulticlassSVM", "SoftmaxCrossEntropy"],
    "evaluation.metrics": ["Evaluation", "evaluate"],
    "model.model": ["Model", "load_model"],
    "model.predict": ["read"],
    "model.reading": ["ClassProbability", "Part", "Reading"],
    "ink.normalize": ["Normalization"],
    "optim.optimizers": ["SGD", "AdaGrad", "Adam", "AdamW", "Momentum", "Nesterov", "Optimizer", "RMSProp"],
    "export.formats": ["export_model"],
    "importing.formats": ["import_model"],
    "experiment.recipe": ["Recipe", "load_recipe", "recipes"],
    "optim.schedules": [
        "Constant", "CosineDecay", "ExponentialDecay", "InverseSqrtDecay", "OneCycle", "Schedule", "StepDecay",
        "Warmup",
    ],
    "training.events": ["Epoch", "Event", "Finished", "Step"],
    "training.find_rate": ["RateCurve", "find_rate"],
    "training.fit": ["fit"],
    "training.logs.log": ["log_to"],
    "training.logs.writer": ["Writer"],
    "training.loop": ["train"],
    "training.parallel.mpi": ["mpi_group"],
    "training.progress": ["progress"],
    "training.settings": ["Settings"],
    "training.state": ["State"],
}  # fmt: skip
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_HOME)
_IMPORTING = RLock()  # two threads, in a package and in a module of it, would wait for each other
if hasattr(os, "register_at_fork"):  # so that another thread never holds it in a process that is forked
    os.register_at_fork(
        before=_IMPORTING.acquire, after_in_parent=_IMPORTING.release, after_in_child=_IMPORTING.release
    )


def __getattr__(name: str) -> object:
    """A public name, or a module of this package, that nobody has asked for yet (PEP 562)."""
    module = f"{__name__}.{_HOME.get(name, name)}"
    missing = AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])
    if name.startswith("_"):
        raise missing
    try:
        with _IMPORTING:
            found = import_module(module)
    except ModuleNotFoundError as error:
        if error.name == module:
            raise missing from None
        raise
    value = globals()[name] = getattr(found, name) if name in _HOME else found
    return value


def __dir__() -> list[str]:
    modules = (module.partition(".")[0] for module in (*_PUBLIC, "show"))
    return sorted({*globals(), *_HOME, *modules} - {"RLock", "annotations", "import_module", "sys"})
