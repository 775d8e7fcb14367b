"""From where a request comes."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
log = logging.getLogger("sandbox.network")


class AllowedNetworks:
    """Answer only whom ``ALLOWED_NETWORKS`` names; before everything else, static files included.

    What is no address is refused: a server behind a unix socket sees none, so it must be bound to
    a port. The refusal goes to the server's log and not into the access log, which a stranger
    could fill.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = client_address(request)
        if lies_in(address, settings.ALLOWED_NETWORKS):
            return self.get_response(request)
        log.warning("refused from outside the allowed networks: %r", address)
        page = render_to_string("403_network.html", {"address": address})
        return HttpResponse(
            page, status=403, headers={"Content-Security-Policy": "default-src 'none'"}
        )


def client_address(request: HttpRequest) -> str:
    """Return the address of the client, as the nearest proxy that we trust saw it.

    ``X-Forwarded-For`` is read from the right, past the proxies of ``TRUSTED_PROXIES``: what a
    client wrote there itself stands further left and is never believed. Without a trusted proxy
    the header is not read at all.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if not lies_in(address, settings.TRUSTED_PROXIES):
        return address
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    for hop in reversed([hop for hop in hops if hop]):
        address = hop
        if not lies_in(hop, settings.TRUSTED_PROXIES):
            break
    return address[:64]


def lies_in(address: str, networks: Iterable[Network]) -> bool:
    """Return whether an address lies in one of the networks; what is no address lies in none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return any(found.version == network.version and found in network for network in networks)
