"""Where a log goes, as it is named: tensorboard:DIR, mlflow:URI, wandb:PROJECT."""

from __future__ import annotations

from importlib.util import find_spec

from numnist.support.errors import UsageError
from numnist.support.extras import install
from numnist.support.serialisation import suggest
from numnist.training.logs.writer import Writer

KINDS = {  # the package that writes it, which the extra of the kind's name brings; what is behind the colon
    "tensorboard": ("tensorboardX", "a folder, as in tensorboard:logs"),
    "mlflow": ("mlflow", "a server or database, as in mlflow:http://localhost:5000 or mlflow:sqlite:///mlflow.db"),
    "wandb": ("wandb", "a project, as in wandb:digits"),
}


def check_target(target: str) -> None:
    """Raise UsageError for a target that makes no sense, or whose package is not installed."""
    kind, _, where = target.partition(":")
    if kind not in KINDS:
        raise UsageError(
            f"log {target!r}: {kind!r} is unknown{suggest(kind, KINDS)}; there are tensorboard:DIR, mlflow:URI and "
            "wandb:PROJECT."
        )
    package, expected = KINDS[kind]
    if not where and kind != "mlflow":  # which has $MLFLOW_TRACKING_URI
        raise UsageError(f"log {target!r}: behind the colon comes {expected}.")
    if find_spec(package) is None:
        raise UsageError(f"log {target!r} needs {package}: {install(kind)}.")


def open_writer(target: str, name: str, place: str, step: int) -> Writer:
    """The writer of a target that was checked.

    name: of the training, "" for none;  place: of its log where one goes on;  step: steps done
    """
    kind, _, where = target.partition(":")
    if kind == "tensorboard":
        from numnist.training.logs.tensorboard import TensorBoard

        return TensorBoard(where, name, place, step)
    if kind == "mlflow":
        from numnist.training.logs.mlflow import MLflow

        return MLflow(where, name, place, step)
    from numnist.training.logs.wandb import WandB

    return WandB(where, name, place, step)
