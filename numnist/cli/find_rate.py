from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from numnist.cli.shared.figure_output import FIGURE, AsText, FigureOptions
from numnist.cli.shared.options import DATA, DataOptions, DatasetName, Json, Threads, Words
from numnist.cli.shared.printing import console, note, result, result_json


def find_rate(
    recipe: str = "quick",
    /,
    *,
    set_: Annotated[Words, Parameter(name="--set")] = None,
    dataset: DatasetName = None,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 200,
    seed: int | None = None,
    threads: Threads = None,
    figure: FigureOptions = FIGURE,
    text: AsText = False,
    source: DataOptions = DATA,
    json: Json = False,
) -> None:
    """Find a learning rate: train for some steps with a rate that rises, draw the loss, and suggest a rate.

    The suggestion is for the recipe's own optimizer, schedule and batch size. It is a good place to start from, and no
    more: `numnist sweep RECIPE --learning-rate A B C` compares rates over whole trainings. `numnist train RECIPE
    --find-rate` finds it and trains with it, and its report shows the curve.

    Args:
        recipe: A recipe's name, or a .toml file of your own.
        set_: Fields of the recipe, such as `--set optimizer.type=SGD batch_size=64`.
        low: The first rate.
        high: The last one; it stops earlier where the loss is four times its smallest.
        steps: How many.
        seed: Seed of initial weights, batches, dropout and augmentation.
    """
    from numnist.cli.shared.data import find_data_or_strokes
    from numnist.cli.shared.overrides import read_fields, with_dataset
    from numnist.cli.shared.recipes import find_recipe
    from numnist.experiment.fields import set_fields
    from numnist.support.malloc import keep_freed_pages
    from numnist.training.find_rate import find_rate as find

    figure.check(not (text or json))
    fields, named = read_fields(set_, dataset)
    chosen = with_dataset(find_recipe(recipe, "find-rate"), named).override(seed=seed)
    chosen = set_fields(chosen, fields) if fields else chosen
    data, chosen = find_data_or_strokes(chosen, source, may_draw=named is None, quiet=json)
    note("Data", f"{data.name}: {len(data.train):,} pictures to train on")
    keep_freed_pages()
    curve = find(chosen.model(data), data, chosen, low=low, high=high, steps=steps, threads=threads)
    if json:
        record = {"suggestion": curve.suggestion, "rates": curve.rates, "losses": curve.losses}
        result_json(record | {"smoothed": curve.smoothed, "diverged": curve.diverged})
        return
    if text:
        from numnist.experiment.history import Curve
        from numnist.report.figures import terminal

        places = tuple(range(1, len(curve.rates) + 1))
        terminal.chart(console(), {"running mean": Curve(places, curve.smoothed)}, "loss at each step", unit="step")
    else:
        from numnist.report.figures.rates import rates_figure

        heading = (f"Learning rate of {chosen.name}", f"{chosen.optimizer!r}, batches of {chosen.batch_size}")
        figure.save_or_show(lambda theme: rates_figure(theme, curve, heading), "rate")
    where = f"from {curve.rates[0]:.2g} to {curve.rates[-1]:.2g}"
    ended = ", where the loss rose fourfold" if curve.diverged else ""
    result(f"Tried     {len(curve.rates)} steps, {where}{ended}")
    own = chosen.optimizer.learning_rate
    result(f"Suggested {curve.suggestion:.2g}   (the recipe has {own:g})")
    note("Next", f"numnist train {recipe} --learning-rate {curve.suggestion:.2g}")
