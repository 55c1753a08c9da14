"""numnist show activations | filters | network: figures of what is inside a model."""

from __future__ import annotations

from pathlib import Path

from numnist.cli.shared.figure_output import FIGURE, FigureOptions
from numnist.cli.shared.options import DATA, DataOptions, DatasetName, ModelName, PicturesOptions, RecipeOrModel
from numnist.cli.shared.printing import note


def activations_(
    image: Path | None = None,
    /,
    *,
    test: int | None = None,
    model: ModelName = None,
    dataset: DatasetName = None,
    figure: FigureOptions = FIGURE,
    source: DataOptions = DATA,
) -> None:
    """Draw the activations of every layer for one picture, down to the class probabilities.

    Args:
        image: A picture file, of any size, dark on light or light on dark.
        test: Instead of a file: the index of a test picture, which `numnist show mistakes` prints after #.
    """
    from numnist.cli.shared.models import find_named_model, find_pictures
    from numnist.interpret.trace import trace
    from numnist.model.predict import prepared
    from numnist.report.figures.activations import activations_figure
    from numnist.support.errors import UsageError

    figure.check()
    if (image is None) == (test is None):
        raise UsageError("which picture? Give either a file, as in numnist show activations digit.png, or --test N.")
    network, name = find_named_model(model)
    if image is not None:
        picture, detail = prepared(network, image), str(image)
    else:
        data, pictures = find_pictures(
            network, PicturesOptions(dataset=dataset, data_dir=source.data_dir, offline=source.offline)
        )
        if not 0 <= (test or 0) < len(pictures):
            raise UsageError(f"--test {test}: {data.name} has test pictures 0 to {len(pictures) - 1:,}.")
        picture = pictures.x[test]
        detail = f"{data.name}, test picture {test}, which is {data.classes[pictures.labels[test]]}"
    layers = trace(network, picture[None])
    heading = (f"Activations of {name}", detail)
    figure.save_or_show(lambda theme: activations_figure(theme, picture, layers, network, heading), "activations")


def filters_(run_or_model: Path | None = None, /, *, units: int = 16, figure: FigureOptions = FIGURE) -> None:
    """Draw the first layer's weights before, during and after training.

    Args:
        run_or_model: A run folder, which has stored some epochs' weights, or a model file or pretrained model, whose
            initial weights are computed again from its seed; the newest run by default, else the pretrained digits.
        units: Draw the first N units, at most 32.
    """
    from numnist.cli.shared.models import find_named_model, model_path
    from numnist.experiment.filter_history import UNITS, filter_history, first_weights
    from numnist.report.figures.filters import filters_figure
    from numnist.support.checks import whole

    figure.check()
    count = min(whole(units, "--units"), UNITS)
    path = model_path(run_or_model)
    network, name = find_named_model(path)
    history = filter_history(network, path)
    if len(history) == 1:
        note("Note", "the model does not store its recipe: only its trained weights are shown.")
    shown = {name: weights[:count] for name, weights in history.items()}
    total = len(first_weights(network))
    heading = (f"Filters of {name}", f"{min(count, total)} of the first layer's {total} units")
    figure.save_or_show(lambda theme: filters_figure(theme, shown, heading), "filters")


def network_(recipe_or_model_: RecipeOrModel, /, *, figure: FigureOptions = FIGURE) -> None:
    """Draw the architecture with its shapes, kernels and numbers of parameters."""
    from numnist.cli.shared.models import recipe_of, recipe_or_model
    from numnist.model.summary import macs
    from numnist.report.figures.architecture import network_figure

    figure.check()
    model = recipe_or_model(recipe_or_model_)
    size = f"{model.plan.size:,} parameters, {macs(model.plan.total_macs) or '0 MAC'} a picture"
    recipe = recipe_of(model)
    heading = (recipe.name if recipe else Path(recipe_or_model_).stem, size)
    figure.save_or_show(lambda theme: network_figure(theme, model, heading), "network")
