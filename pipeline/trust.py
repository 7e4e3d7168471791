"""How far an address is to be trusted: the organ's own site, a bare IP address, or somebody's mirror."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from pipeline.sources import Source

__all__ = ["trust_of"]


_OWN_CHOICE = {"traditional_script"}  # sites offer their pages in both scripts


def trust_of(url: str, source: Source | None, damages: Collection[str] = ()) -> str:
    """The trust level of a document at `url` of a source; `damages` are the signs that its words show.

    Files added by hand are ``local``: whoever added them knows what they are.

    >>> [trust_of(url, None) for url in ("https://www.example.gov.cn/a", "http://61.150.65.235/a", "http://a.example.com/")]
    ['official', 'ip_host', 'mirror']
    """
    if urlsplit(url).scheme not in ("http", "https"):
        return "local"
    found = _trust_of_address(url, source)
    return "hijacked" if set(damages) - (_OWN_CHOICE if found == "official" else set()) else found


def _trust_of_address(url: str, source: Source | None) -> str:
    host = (urlsplit(url).hostname or "").lower()
    if source is not None and host in source.every_host:
        return source.trust_level
    try:
        ip_address(host)
    except ValueError:
        return "official" if host == "gov.cn" or host.endswith(".gov.cn") else "mirror"
    return "ip_host"
