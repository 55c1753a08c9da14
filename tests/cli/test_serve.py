"""numnist serve, up to where it would wait: which model, which address, what it warns of."""

from __future__ import annotations

import re
import socket

import pytest

from numnist.cli.shared import qr
from numnist.serve import server as running


@pytest.fixture
def served(monkeypatch):
    """The contexts, hosts and tokens that the command would have served, instead of serving them."""
    seen = []

    def run(context, host, listening, token):
        seen.append((context, host, token))
        context.close()

    monkeypatch.setattr(running, "run", run)
    return seen


def test_it_prints_the_address_and_takes_the_ready_model(numnist, served):
    outcome = numnist("serve", "--port", "0")
    assert outcome.code == 0, outcome.err
    assert outcome.out.startswith("Page      http://127.0.0.1:")
    assert "Warning" not in outcome.err
    context, host, token = served[0]
    assert (host, token) == ("127.0.0.1", None)
    assert outcome.out.count("?") == 0
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


def test_an_address_that_others_reach_has_a_token_of_its_own_at_each_start(numnist, served):
    for _ in range(2):
        outcome = numnist("serve", "--port", "0", "--host", "0.0.0.0")
        assert outcome.code == 0, outcome.err
        assert "other machines" in outcome.err
        assert "token" in outcome.err
        assert outcome.out.rstrip().endswith(f"/?token={served[-1][2]}")
    tokens = {token for _, _, token in served}
    assert len(tokens) == 2
    assert min(map(len, tokens)) >= 22  # 128 bits, six a letter


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_a_token_can_be_given(numnist, served, monkeypatch, host):
    outcome = numnist("serve", "--port", "0", "--host", host, "--token", "class-of-2026-digits")
    assert outcome.out.rstrip().endswith("/?token=class-of-2026-digits")
    monkeypatch.setenv("NUMNIST_TOKEN", "of-the-environment")
    numnist("serve", "--port", "0", "--host", host)
    assert [token for _, _, token in served] == ["class-of-2026-digits", "of-the-environment"]


@pytest.mark.parametrize("token", ["short", "with spaces in between", "über-sechzehn-zeichen", "x" * 129, ""])
def test_a_token_that_can_be_guessed_or_does_not_fit_is_refused_and_not_repeated(numnist, served, token):
    outcome = numnist("serve", "--port", "0", "--host", "0.0.0.0", "--token", token)
    assert outcome.code == 2
    assert "16 to 128" in outcome.err
    assert not token or token not in outcome.err
    assert not served


def test_without_a_token_it_is_warned_of(numnist, served, monkeypatch):
    monkeypatch.setenv("NUMNIST_TOKEN", "of-the-environment")
    outcome = numnist("serve", "--port", "0", "--host", "0.0.0.0", "--no-token")
    assert "Warning" in outcome.err
    assert "anybody" in outcome.err
    assert served[0][2] is None


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
