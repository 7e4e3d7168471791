"""What a list page tells, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["ListPage", "ListedLink", "Listing"]


class ListedLink(NamedTuple):
    """One link of a list: its absolute address without fragment, its full title, the ISO date printed beside it."""

    url: str
    title: str
    date: str | None


class ListPage(NamedTuple):
    """A further page of the same list; `body` is the form of a POST, url-encoded."""

    url: str
    method: str = "GET"
    body: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list page.

    `family` is how its further pages are asked for; `links` are in page order, each address
    once; `total` records and `page_count` pages are what the page promises, if it does.
    """

    family: str
    links: tuple[ListedLink, ...]
    pages: tuple[ListPage, ...]
    total: int | None
    page_count: int | None
