"""progress: it passes the events on, and says in one line how far the training is."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

from numnist import Epoch, Finished, Model, Settings, Step, progress, train
from tests.small import MLP, dataset


class Terminal(io.StringIO):
    def isatty(self):
        return True


def training(epochs: int = 3, clock=None, **settings):
    """A training whose clock ticks a second at each look, unless it has another."""
    ticks = iter(range(10**6))
    data = dataset()
    model = Model(MLP, data)
    return model, train(
        model, data, Settings(epochs=epochs, batch_size=50, **settings), threads=1,
        clock=clock or (lambda: float(next(ticks))),
    )  # fmt: skip


def test_events_and_weights_are_those_without_it():
    model, events = training()
    plain = list(events)
    watched_model, events = training()
    watched = list(progress(events, file=io.StringIO()))
    assert watched == plain
    assert [type(event) for event in watched] == [*[Step, Step, Epoch] * 3, Finished]
    assert watched_model.weights_sha256 == model.weights_sha256


def test_a_file_gets_a_line_for_each_epoch():
    out = io.StringIO()
    epochs = [str(event) for event in progress(training()[1], file=out) if isinstance(event, Epoch)]
    assert out.getvalue().splitlines() == epochs


def test_a_terminal_shows_one_line_that_is_written_over(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out = Terminal()
    epochs = [str(event) for event in progress(training()[1], file=out) if isinstance(event, Epoch)]
    text = out.getvalue()
    assert text.endswith("\n")
    assert text.count("\n") == 1, "one line, which is left at the end"
    written = [each.removesuffix("\x1b[K") for each in text.rstrip("\n").split("\r")[1:]]
    assert len(written) == 9  # two steps and an epoch, three times: the clock is slow enough for each
    assert written[0].startswith("epoch 1   ████░")
    assert written[-1] == epochs[-1][:59]
    assert all(len(each) < 60 for each in written)


def test_a_fast_training_does_not_write_at_each_step():
    out = Terminal()
    list(progress(training(clock=lambda: 0.0)[1], file=out))
    assert out.getvalue().count("\r") == 3 + 1  # the epochs, and the first step


def test_the_line_ends_when_the_loop_is_left_and_so_does_the_training():
    _, events = training()
    out = Terminal()
    watched = progress(events, file=out)
    next(watched)
    watched.close()
    assert out.getvalue().endswith("\n")
    with pytest.raises(StopIteration):
        next(events)


def test_an_error_of_the_training_passes_through():
    def broken():
        yield from ()
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(progress(broken(), file=io.StringIO()))


def test_a_notebook_shows_one_output_that_is_updated(monkeypatch):
    shown = []

    class Handle:
        def update(self, bundle, raw):
            assert raw
            shown.append(("update", bundle["text/plain"]))

    def display(bundle, raw, display_id):
        assert raw
        assert display_id
        shown.append(("display", bundle["text/plain"]))
        return Handle()

    kernel = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", kernel)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    epochs = [str(event) for event in progress(training()[1]) if isinstance(event, Epoch)]
    assert [kind for kind, _ in shown] == ["display"] + ["update"] * 8
    assert shown[-1] == ("update", epochs[-1])


def test_early_stopping_is_told(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    out = Terminal()
    events = list(progress(training(epochs=60, patience=1)[1], file=out))
    assert events[-1].stopped_early
    assert f"the best was epoch {events[-1].best_epoch}" in out.getvalue().split("\r")[-1]
