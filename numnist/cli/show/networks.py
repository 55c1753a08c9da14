"""numnist show activations | filters | network: what is inside a model, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from numnist.cli.shared.figures import Dark, Out, check_out, deliver
from numnist.cli.shared.options import DataDir, DatasetName, ModelName, Offline
from numnist.cli.shared.printing import note

if TYPE_CHECKING:
    from numnist.model.model import Model


def activations_(
    image: Path | None = None,
    /,
    *,
    test: int | None = None,
    model: ModelName = None,
    dataset: DatasetName = None,
    out: Out = None,
    dark: Dark = False,
    data_dir: DataDir = None,
    offline: Offline = False,
) -> int:
    """Draw what every layer makes of one picture, down to the probabilities of the classes.

    Parameters
    ----------
    image
        A picture file, of any size, dark on light or light on dark.
    test
        Instead of a file: the place of a test picture in the data set, as `numnist show mistakes` writes it after #.
    """
    from numnist.cli.shared.models import chosen_model, pictures_for
    from numnist.interpret.trace import trace
    from numnist.report.figures.activations import activations_figure
    from numnist.support.errors import UsageError

    check_out(out)
    if (image is None) == (test is None):
        raise UsageError("which picture? Give either a file, as in numnist show activations digit.png, or --test N.")
    network = chosen_model(model)
    if image is not None:
        picture, said = _prepared(network, image), str(image)
    else:
        data, pictures = pictures_for(network, dataset, "test", data_dir, offline)
        if not 0 <= (test or 0) < len(pictures):
            raise UsageError(f"--test {test}: {data.name} has test pictures 0 to {len(pictures) - 1:,}.")
        picture = pictures.x[test]
        said = f"{data.name}, test picture {test}, which is {data.classes[pictures.labels[test]]}"
    traced = trace(network, picture[None])
    heading = ("Activations", said)
    return deliver(
        lambda theme: activations_figure(theme, picture, traced, network.classes, heading), "activations", out, dark
    )


def filters_(run_or_model: Path | None = None, /, *, units: int = 16, out: Out = None, dark: Dark = False) -> int:
    """Draw the first layer's weights: before training, as they changed, and after.

    Parameters
    ----------
    run_or_model
        A run folder, which has kept some on the way, or a model file or ready model, whose first weights are made
        again from its seed; the newest run by default, else the ready digits.
    units
        The first so many, at most 32.
    """
    from numnist.cli.shared.models import chosen_place
    from numnist.experiment.filter_history import UNITS, first_weights, moments
    from numnist.model.file import load_model
    from numnist.report.figures.filters import filters_figure
    from numnist.support.checks import whole

    check_out(out)
    most = min(whole(units, "--units"), UNITS)
    place = chosen_place(run_or_model)
    network = load_model(place)
    kept = moments(network, place)
    if len(kept) == 1:
        note("Note", "the model does not say by which recipe it was made, so that only its trained weights are shown.")
    shown = {name: weights[:most] for name, weights in kept.items()}
    count = len(first_weights(network))
    heading = ("Filters", f"{min(most, count)} of the first layer's {count} units")
    return deliver(lambda theme: filters_figure(theme, shown, heading), "filters", out, dark)


def network_(recipe_or_model_: str, /, *, out: Out = None, dark: Dark = False) -> int:
    """Draw the architecture with its shapes, kernels and numbers of parameters.

    Parameters
    ----------
    recipe_or_model_
        A recipe's name or .toml file, a model file, a run folder, or a ready model.
    """
    from numnist.cli.shared.models import recipe_of
    from numnist.cli.shared.targets import recipe_or_model
    from numnist.model.summary import macs
    from numnist.report.figures.architecture import network_figure

    check_out(out)
    model = recipe_or_model(recipe_or_model_)
    size = f"{model.plan.size:,} parameters, {macs(model.plan.total_macs) or '0 MAC'} a picture"
    recipe = recipe_of(model)
    heading = (recipe.name if recipe else Path(recipe_or_model_).stem, size)
    return deliver(lambda theme: network_figure(theme, model, heading), "network", out, dark)


def _prepared(network: Model, image: Path) -> Any:
    """The picture in a file as the network expects it, (C, H, W).  Raises DataError where nothing is drawn."""
    from numnist.data.formats.image import read_picture
    from numnist.ink.prepare import prepare
    from numnist.support.errors import DataError

    ink = prepare(read_picture(image), network.preparation, network.in_shape)
    if ink.blank:
        raise DataError(f"{image}: nothing is drawn on this picture: give one with some ink.")
    return ink.picture.reshape(network.in_shape)
