"""numnist serve, up to where it would wait: which model, which address, what it warns of."""

from __future__ import annotations

import re
import socket

import pytest

from numnist.cli.shared import qr
from numnist.serve import server as running


@pytest.fixture
def served(monkeypatch):
    """The desks and hosts that the command would have served, instead of serving them."""
    seen = []

    def run(context, host, listening):
        seen.append((context, host))
        context.close()

    monkeypatch.setattr(running, "run", run)
    return seen


def test_it_prints_the_address_and_takes_the_ready_model(numnist, served):
    outcome = numnist("serve", "--port", "0")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("Page      http://127.0.0.1:")
    assert "Warning" not in outcome.err
    context, host = served[0]
    assert host == "127.0.0.1"
    assert context.models.default == "digits"


def test_a_run_can_be_the_initial_model(numnist, served, trained):
    assert numnist("serve", "--port", "0", "--model", trained).code == 0
    assert served[0][0].models.default == "trained"
    assert served[0][0].models.get(None).source == "run"


def test_runs_and_drawings_have_their_folders(numnist, served, tmp_path):
    numnist("serve", "--port", "0", "--runs", tmp_path / "mine", "--kept", tmp_path / "drawings")
    assert served[0][0].runs == tmp_path / "mine"
    assert served[0][0].kept == tmp_path / "drawings"


def test_a_model_that_is_not_there_is_refused(numnist, served):
    outcome = numnist("serve", "--port", "0", "--model", "nothing.safetensors")
    assert outcome.code == 4
    assert "nothing.safetensors" in outcome.err
    assert not served


def test_an_address_that_others_reach_is_warned_of(numnist, served):
    outcome = numnist("serve", "--port", "0", "--host", "0.0.0.0")
    assert outcome.code == 0, outcome.err
    assert "Warning" in outcome.err
    assert "other machines" in outcome.err


def test_a_host_that_does_not_exist_is_said_so(numnist, served):
    outcome = numnist("serve", "--port", "0", "--host", "nope.invalid")
    assert outcome.code == 2
    assert "does not exist" in outcome.err
    assert "--port" not in outcome.err


def test_an_open_host_is_printed_as_others_type_it(numnist, served, monkeypatch):
    monkeypatch.setattr(running, "network_address", lambda host: "192.0.2.7")
    outcome = numnist("serve", "--port", "0", "--host", "0.0.0.0")
    assert outcome.out.startswith("Page      http://192.0.2.7:")
    assert served[0][1] == "0.0.0.0"


def test_the_qr_code_is_for_terminals(monkeypatch, capsys):
    qr.show_code("http://192.0.2.7:8000")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setattr(qr, "find_spec", lambda name: None)
    qr.show_code("http://192.0.2.7:8000")
    assert "pip install '.[qr]' in numnist's folder" in capsys.readouterr().err


def test_the_qr_code_is_that_of_the_address(monkeypatch, capsys):
    segno = pytest.importorskip("segno", reason="needs segno: pip install '.[qr]'")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in qr.code_lines("http://192.0.2.7:8000")]
    light = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
    rows = [[light[half][k] for half in line] for line in lines for k in (0, 1)]
    expected = [list(row) for row in segno.make("http://192.0.2.7:8000", micro=False).matrix_iter(border=qr.BORDER)]
    assert rows[: len(expected)] == expected
    assert not any(map(any, rows[len(expected) :]))  # a light line fills the last pair
    assert max(map(len, lines)) <= 80
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    qr.show_code("http://192.0.2.7:8000")
    assert capsys.readouterr().err.count("\n") == len(lines)


def test_a_port_in_use_is_said_so(numnist, served):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        outcome = numnist("serve", "--port", taken.getsockname()[1])
    assert outcome.code == 2
    assert "--port" in outcome.err


def test_the_browser_is_opened_on_request(numnist, served, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    outcome = numnist("serve", "--port", "0", "--open")
    assert opened == [outcome.out.split()[1]]
