"""Where a crawl may go: http and https, the hosts of its source, and only to public addresses.

An address is judged before a request leaves, after its name is resolved, and again at the
moment of connecting, so that a name which changes its address between the two reaches nothing.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Set
from typing import Any, cast
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware, RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred

from pipeline.sources import Source

__all__ = ["Borders", "MetaRefreshes", "PublicResolver", "Redirects", "Refused", "belongs", "hosts_of", "is_public"]

_PORTS = {"http": 80, "https": 443}
_PRIVATE_HOSTS: set[str] = set()
"""Host names that a source of this process may reach at private addresses."""


class Refused(IgnoreRequest):
    """A request that is not sent; `reason` is what the archive says of it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet.

    >>> [is_public(a) for a in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False, False]
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found in ipaddress.ip_network("64:ff9b::/96") or found.sixtofour is not None or found.teredo is not None:
            return False  # an IPv4 address inside: whichever it is, no site is found under it alone
    return found.is_global and not found.is_multicast and not found.is_reserved


def hosts_of(source: Source) -> set[tuple[str, int]]:
    """Host and port of every address that belongs to a source; a host of either scheme is the same host."""
    found = set()
    for address in (*source.start, *(f"http://[{h}]" if ":" in h else f"http://{h}" for h in source.hosts)):
        parts = urlsplit(address)
        host, port = (parts.hostname or "").lower(), parts.port
        found |= {(host, port)} if port is not None else {(host, 80), (host, 443)}
    return found


def belongs(url: str, hosts: Set[tuple[str, int]]) -> bool:
    """Whether an address is at one of the hosts and ports."""
    try:
        parts = urlsplit(url)
        return ((parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]) in hosts
    except (ValueError, KeyError):
        return False  # no such host or port, or another scheme


class Borders:
    """Downloader middleware: refuses what leads out of the source, before any other has its say."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.hosts = hosts_of(source)
        self.judged: dict[str, str | None] = {}
        if source.allow_private:
            _PRIVATE_HOSTS.update(host for host, _ in self.hosts)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Borders":
        return cls(cast(Any, crawler.spider).source)

    async def process_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        host = (parts.hostname or "").lower()
        if parts.scheme not in _PORTS:
            raise Refused("scheme", f"{request.url}: only http and https are followed")
        if not belongs(request.url, self.hosts):
            raise Refused("off_site", f"{request.url}: {host} does not belong to the source")
        if not self.source.allow_private and (private := await self._private_address(host)):
            raise Refused("private_address", f"{request.url}: {host} is at {private}, which is not public")

    async def _private_address(self, host: str) -> str | None:
        """An address of the host that is not public; None when all are, or none is known yet."""
        if host not in self.judged:
            try:
                found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except OSError:
                return None  # the request fails by itself, and is tried again
            addresses = [str(item[4][0]) for item in found]
            self.judged[host] = next((a for a in addresses if not is_public(a)), None)
        return self.judged[host]


class _Followed:
    """Mixed into Scrapy's redirections: none is dropped in silence for leading where the crawl was already.

    A site that sets a cookie sends back to the same address; a loop, and what leads out, must
    end as an error of this request.
    """

    crawler: Crawler

    def process_response(self, request: Request, response: Response) -> Request | Response:
        try:
            found: Request | Response = super().process_response(request, response)  # type: ignore[misc]
        except ValueError as error:
            raise IgnoreRequest(f"{request.url} leads to what is no address: {error}") from None
        if isinstance(found, Request):
            hosts = hosts_of(cast(Any, self.crawler.spider).source)
            is_loop = found.url in found.meta["redirect_urls"]
            return found.replace(dont_filter=is_loop or not belongs(found.url, hosts))
        return found


class Redirects(_Followed, RedirectMiddleware):  # type: ignore[misc]
    """Redirects by status."""


class MetaRefreshes(_Followed, MetaRefreshMiddleware):  # type: ignore[misc]
    """Redirects by a tag of the page."""


class PublicResolver(CachingThreadedResolver):
    """Names to addresses at the moment of connecting; a private one is none, unless a source allows its host."""

    def getHostByName(self, name: str, timeout: object = ()) -> "Deferred[str]":  # noqa: N802 - Twisted's name
        found = super().getHostByName(name, timeout)  # type: ignore[arg-type]
        return found.addCallback(self._only_public, name)

    def _only_public(self, address: str, name: str) -> str:
        if name.lower() not in _PRIVATE_HOSTS and not is_public(address):
            raise OSError(f"{name} is at {address}, which is not public")
        return address
