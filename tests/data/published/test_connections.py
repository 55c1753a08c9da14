"""Proxies and TLS: nothing comes through one that cannot be trusted, and the next mirror is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from numnist.data import load
from numnist.support.errors import DataError
from tests.data.published.mirrors import CONTENT, Server, good, login_page, publish, status

CERTIFICATES = Path(__file__).parent / "certificates"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in (*PROXIES, "NUMNIST_OFFLINE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def start():
    """start(certificate) starts a server."""
    made = []

    def start(certificate=None):
        made.append(Server(certificate))
        return made[-1]

    yield start
    for server in made:
        server.close()


def get(monkeypatch, *mirrors):
    """Load the data set from these mirrors."""
    publish(monkeypatch, mirrors)
    return load("tiny", validation=10, patience=60.0)  # none of them hangs


def refused(monkeypatch, tmp_path, says, *mirrors):
    with pytest.raises(DataError, match=says):
        get(monkeypatch, *mirrors)
    assert list((tmp_path / "cache" / "tiny").iterdir()) == []


def trust(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATES / "authority.pem"))


def test_a_certificate_of_an_authority_that_is_trusted_is_taken(start, monkeypatch):
    server = start(CERTIFICATES / "good.pem")
    trust(monkeypatch)
    assert len(get(monkeypatch, f"https://127.0.0.1:{server.port}/0/").test) == 12


@pytest.mark.parametrize("certificate", ["good", "expired", "name"])
def test_a_certificate_that_does_not_hold_is_refused_and_the_next_mirror_asked(
    start, monkeypatch, tmp_path, certificate
):
    server, plain = start(CERTIFICATES / f"{certificate}.pem"), start()
    if certificate != "good":  # which nobody trusts here
        trust(monkeypatch)
    bad = f"https://127.0.0.1:{server.port}/0/"
    refused(monkeypatch, tmp_path, "TLS failed", bad)
    assert server.asked == []
    assert len(get(monkeypatch, bad, f"http://127.0.0.1:{plain.port}/1/").test) == 12


def test_a_proxy_brings_what_the_mirror_has(start, monkeypatch):
    proxy = start()
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    assert len(get(monkeypatch, "http://mirror.invalid/0/").test) == 12
    assert proxy.asked[0].startswith("http://mirror.invalid/0/")


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [(login_page, "web page"), (status(407), "407"), (status(502), "502")],
    ids=["web page", "password", "no gateway"],
)
def test_a_proxy_that_brings_something_else_is_not_believed(start, monkeypatch, tmp_path, behaviour, says):
    proxy = start()
    proxy.behaviours[0] = behaviour
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    refused(monkeypatch, tmp_path, says, "http://mirror.invalid/0/")


def test_a_proxy_that_knows_no_https_is_said_so(start, monkeypatch, tmp_path):
    proxy = start()
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
    refused(monkeypatch, tmp_path, "proxy does not connect", "https://mirror.invalid/0/")


@pytest.mark.parametrize("address", ["nonsense", "http://", "socks5://127.0.0.1:1", "http://[::bad"])
def test_the_address_of_a_proxy_that_makes_no_sense(monkeypatch, tmp_path, address):
    monkeypatch.setenv("http_proxy", address)
    refused(monkeypatch, tmp_path, "is unavailable", "http://mirror.invalid/0/")


def test_hosts_without_proxy_are_asked_themselves(start, monkeypatch):
    mirror, proxy = start(), start()
    proxy.behaviours[0] = login_page
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    assert len(get(monkeypatch, f"http://127.0.0.1:{mirror.port}/0/").test) == 12
    assert proxy.asked == []


def test_a_mirror_that_changes_its_mind_costs_one_file(start, monkeypatch, tmp_path):
    server = start()

    def first_file_only(handler, content, over):
        (good if handler.path.endswith("train-images-idx3-ubyte.gz") else login_page)(handler, content, over)

    server.behaviours[0] = first_file_only
    assert len(get(monkeypatch, *(f"http://127.0.0.1:{server.port}/{i}/" for i in (0, 1))).test) == 12
    found = {path.name: path.read_bytes() for path in (tmp_path / "cache" / "tiny").iterdir()}
    assert found == CONTENT
