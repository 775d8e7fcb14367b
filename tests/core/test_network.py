"""Who may ask at all: the allow-list, directly and behind proxies, with every kind of lie."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from django.urls import reverse

from core.network import AllowedNetworks, client_address
from sandbox_reg import environment

INSIDE = ("127.0.0.1", "127.9.9.9", "::1", "10.255.0.1", "172.16.0.1", "172.31.255.255")
INSIDE_TOO = ("192.168.1.1", "fd00::1", "::ffff:10.0.0.1")
OUTSIDE = ("8.8.8.8", "172.32.0.1", "172.15.0.1", "192.169.0.1", "11.0.0.1", "2001:db8::1")
OUTSIDE_TOO = ("100.64.0.1", "169.254.0.1", "fe80::1", "::ffff:8.8.8.8", "0.0.0.0")  # noqa: S104
NO_ADDRESS = ("", "unix:", "localhost", "10.0.0", "10.0.0.1:80", "10.0.0.1, 8.8.8.8", "０.1.1.1")
PRIVATE = "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"


@pytest.fixture(autouse=True)
def _service(settings):
    settings.ALLOWED_NETWORKS = [ip_network(one) for one in PRIVATE.split(",")]
    settings.TRUSTED_PROXIES = []


def answer(remote, forwarded=None):
    request = RequestFactory().get("/", REMOTE_ADDR=remote)
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return AllowedNetworks(lambda _: "answered")(request)


@pytest.mark.parametrize("address", [*INSIDE, *INSIDE_TOO])
def test_private_networks_are_answered(address):
    assert answer(address) == "answered"


@pytest.mark.parametrize("address", [*OUTSIDE, *OUTSIDE_TOO, *NO_ADDRESS])
def test_everybody_else_is_refused(address):
    refused = answer(address)
    assert refused.status_code == 403
    assert "本系统仅供内部网络使用" in refused.content.decode()


@pytest.mark.parametrize("forwarded", ["10.0.0.1", "127.0.0.1", "10.0.0.1, 10.0.0.2", "", ","])
def test_a_header_of_a_stranger_is_not_read(forwarded):
    assert answer("8.8.8.8", forwarded).status_code == 403
    assert answer("10.0.0.5", "8.8.8.8") == "answered"


@pytest.mark.parametrize(
    ("forwarded", "who"),
    [
        ("10.1.1.1", "10.1.1.1"),
        ("8.8.8.8", "8.8.8.8"),
        ("10.1.1.1, 8.8.8.8", "8.8.8.8"),
        ("8.8.8.8, 10.1.1.1", "10.1.1.1"),
        ("10.1.1.1, 8.8.8.8, 192.168.7.3", "8.8.8.8"),
        ("8.8.8.8, 10.1.1.1, 192.168.7.2, 192.168.7.3", "10.1.1.1"),
        ("10.1.1.1,,8.8.8.8,", "8.8.8.8"),
        ("10.1.1.1, unknown", "unknown"),
        ("10.1.1.1, _hidden", "_hidden"),
        ("10.1.1.1, [2001:db8::1]:443", "[2001:db8::1]:443"),
        ("2001:db8::1", "2001:db8::1"),
        ("fd00::7", "fd00::7"),
        ("127.0.0.1, 8.8.8.8:5000", "8.8.8.8:5000"),
        ("192.168.7.2, 192.168.7.3", "192.168.7.2"),
        ("", "192.168.7.2"),
    ],
)
def test_behind_a_proxy_the_nearest_hop_not_ours_counts(settings, forwarded, who):
    settings.TRUSTED_PROXIES = [ip_network("192.168.7.0/24")]
    request = RequestFactory().get("/", REMOTE_ADDR="192.168.7.2", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == who
    allowed = answer("192.168.7.2", forwarded) == "answered"
    assert allowed == (who in ("10.1.1.1", "fd00::7", "192.168.7.2"))


def test_other_headers_are_never_read(settings):
    settings.TRUSTED_PROXIES = [ip_network("192.168.7.0/24")]
    request = RequestFactory().get(
        "/",
        REMOTE_ADDR="8.8.8.8",
        **{name: "10.0.0.1" for name in ("HTTP_X_REAL_IP", "HTTP_CLIENT_IP", "HTTP_FORWARDED")},
    )
    assert AllowedNetworks(lambda _: "answered")(request).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("path", [reverse("staff:login"), "/static/sandbox/theme.css", "/nowhere"])
def test_no_page_and_no_static_file_leaves_the_network(client, path):
    refused = client.get(path, REMOTE_ADDR="8.8.8.8")
    assert refused.status_code == 403
    assert "8.8.8.8" in refused.content.decode()
    assert refused.headers["Content-Security-Policy"] == "default-src 'none'"
    assert "Set-Cookie" not in refused.headers


def test_what_is_no_address_is_not_echoed_as_markup():
    assert b"<script>" not in answer("<script>alert(1)</script>").content


@pytest.mark.parametrize("word", ["10.0.0.0/33", "intranet", "10.0.0"])
def test_a_wrong_network_stops_the_start(monkeypatch, word):
    monkeypatch.setenv("ALLOWED_NETWORKS", word)
    monkeypatch.setattr(environment, "VARIABLES", {})
    with pytest.raises(environment.ImproperlyConfigured, match="不是网段"):
        environment.networks("ALLOWED_NETWORKS", "", default="")
