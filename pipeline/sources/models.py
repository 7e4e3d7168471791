"""What a source file may say: keys and values in, a frozen `Source` or pydantic's ValidationError out.

The description of a field is the cure that is told when the field is missing or wrong.
"""

import csv
import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from pipeline.archive import check_source_name

__all__ = ["FIRST_REPORT_YEAR", "Event", "Organ", "Politeness", "Quirk", "Source", "YearlyReports"]

# The Regulations came into force on 1 May 2008 (国务院令第492号): no report is of an earlier year.
FIRST_REPORT_YEAR = 2008
_LAST_YEAR = 2100

# Names that never lead to the public network (RFC 6761, RFC 6762, and `.internal` as reserved by ICANN).
_PRIVATE_ENDINGS = ("localhost", "local", "internal", "lan", "home.arpa")
_LEAST_TRUST_FIRST = ("mirror", "ip_host", "official")


def read_host(url: str) -> str:
    """The host of an absolute address, in lower case.

    Raises ValueError, saying what is wrong and how to cure it, for anything but http and
    https, for a user or password, and for characters that programs read in different ways.

    >>> read_host("http://WWW.Example.gov.cn:8080/gkmlpt/index#120")
    'www.example.gov.cn'
    """
    if not url.isprintable() or any(c in url for c in ' \\"<>{}|^`'):
        raise ValueError(f"'{url}' has a character that cannot stand in an address; percent-encode it")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(f"'{url}' has brackets that are no IPv6 host; leave them out or close them") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError(f"'{url}' is no http or https address; write it with http:// or https://")
    if "@" in parts.netloc:
        raise ValueError(f"'{url}' holds a user or password; leave that out, public pages need none")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"'{url}' has no usable port; write a number from 0 to 65535 or none") from None
    return check_host(parts.hostname or "")


def check_host(host: str) -> str:
    """A host name or IP address in lower case without the closing dot, or ValueError saying how it must look.

    >>> check_host("www.Example.gov.cn.")
    'www.example.gov.cn'
    >>> check_host("0x7f.1")
    Traceback (most recent call last):
    ...
    ValueError: '0x7f.1' is no host; write a name like www.example.gov.cn or an IP address in full
    """
    name = host.lower().rstrip(".").strip("[]")
    labels = name.split(".")
    plain = all(0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum() for label in labels)
    # Forms such as 2130706433 and 0x7f.1 are addresses to some programs and names to others.
    numeric = labels[-1].isdigit() or labels[-1].startswith("0x")
    if _read_ip(name) is None and (not name.isascii() or not plain or numeric):
        raise ValueError(f"'{host}' is no host; write a name like www.example.gov.cn or an IP address in full")
    return name


def is_private(host: str) -> bool:
    """Whether a checked host is not one of the public network, as far as its name tells.

    >>> [is_private(host) for host in ("127.0.0.1", "intranet", "box.local", "61.150.65.235", "www.gov.cn")]
    [True, True, True, False, False]
    """
    if address := _read_ip(host):
        return not address.is_global
    return "." not in host or any(host == end or host.endswith(f".{end}") for end in _PRIVATE_ENDINGS)


def _read_ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _check_reach(host: str, info: ValidationInfo) -> str:
    # A wrong `allow_private` has its own message; it does not need a second one here.
    if is_private(host) and not info.data.get("allow_private", True):
        raise ValueError(
            f"'{host}' is not on the public network; write the public address, "
            "or allow_private: true if the machine is yours"
        )
    return host


def _check_start(url: str, info: ValidationInfo) -> str:
    _check_reach(read_host(url), info)
    return url


def _check_more_host(host: str, info: ValidationInfo) -> str:
    return _check_reach(check_host(host), info)


@lru_cache(maxsize=1)
def _division_codes() -> frozenset[str]:
    with (Path(__file__).parent / "divisions" / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["code"] for row in csv.DictReader(file))


def _check_division(code: str) -> str:
    if code not in _division_codes():
        raise ValueError(
            f"'{code}' is no code of a province, prefecture or county since 2007; look it up in divisions/divisions.csv"
        )
    return code


Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Address = Annotated[str, AfterValidator(_check_start)]
Host = Annotated[str, AfterValidator(_check_more_host)]
ReportYear = Annotated[int, Field(ge=FIRST_REPORT_YEAR, le=_LAST_YEAR)]
DivisionCode = Annotated[str, AfterValidator(_check_division)]
Kind = Literal["portal", "organ"]
Level = Literal["central", "province", "prefecture", "county", "township", "zone"]
OrganType = Literal["government", "office", "department", "township", "zone"]
Family = Literal["auto", "static", "jpage", "gkmlpt", "annual_report_jsp", "half_static", "fan_out"]
Trust = Literal["official", "ip_host", "mirror", "hijacked"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Organ(_Record):
    """An organ whose reports are expected at a source, in the years reported on."""

    name: Text = Field(description="the organ's name as its reports print it")
    type: OrganType = Field(description="government, office, department, township or zone: the deadline depends on it")
    first_year: ReportYear = Field(description="the first year reported on, from 2008")
    last_year: ReportYear | None = Field(
        default=None, description="the last year reported on; leave it out if it goes on"
    )
    aliases: tuple[Text, ...] = Field(default=(), description="a list of other names the organ has had")
    level: Level | None = Field(
        default=None,
        description="central, province, prefecture, county, township or zone, where the name does not tell",
    )
    division_code: DivisionCode | None = Field(
        default=None, description="the GB/T 2260 code of its place in quotes, where the name does not tell"
    )
    parent: Text | None = Field(
        default=None, description="the name of the organ above it, where the name does not tell"
    )

    @field_validator("last_year")
    @classmethod
    def _in_order(cls, value: int | None, info: ValidationInfo) -> int | None:
        first = info.data.get("first_year")
        if value is not None and first is not None and value < first:
            raise ValueError(f"{value} is before first_year {first}; exchange them, or leave last_year out")
        return value


class Politeness(_Record):
    """How gently a source is asked, and how much at most."""

    delay_seconds: float = Field(default=2.0, ge=0, le=600, description="seconds between two requests, 0 to 600")
    depth: int = Field(default=4, ge=1, le=8, description="links followed from a start page, 1 to 8")
    max_documents: int = Field(default=20_000, ge=1, le=1_000_000, description="documents a crawl fetches at most")
    recheck_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="days until a document of a server without ETag and Last-Modified is fetched again",
    )
    timeout_seconds: float = Field(default=60.0, gt=0, le=600, description="seconds a request may take, up to 600")


class YearlyReports(_Record):
    """How many reports of one year a source is expected to have."""

    min: int = Field(ge=0, description="the fewest reports of one year")
    max: int = Field(ge=0, description="the most reports of one year")

    @field_validator("max")
    @classmethod
    def _in_order(cls, value: int, info: ValidationInfo) -> int:
        least = info.data.get("min")
        if least is not None and value < least:
            raise ValueError(f"{value} is less than min {least}; exchange them")
        return value


class Quirk(_Record):
    """Something the crawl does differently here, and why."""

    what: Text = Field(description="what is different at this source")
    reason: Text = Field(description="why, and how that is known")


class Event(_Record):
    """A dated line of a source's history."""

    date: datetime.date = Field(description="a day as 2026-01-31")
    what: Text = Field(description="what changed that day: at the site, or in this file")


class Source(_Record):
    """A place where organs publish annual reports: what stands in one file of `pipeline/sources/`.

    `start` keeps each address as written, fragment included: on some platforms that is the column.
    """

    name: Annotated[str, AfterValidator(check_source_name)] = Field(description="the file's name without .yml")
    title: Text = Field(description="the source's name for people")
    kind: Kind = Field(description="portal (many organs publish here) or organ (one does)")
    level: Level = Field(description="central, province, prefecture, county, township or zone")
    division: DivisionCode | None = Field(
        default=None, description='the GB/T 2260 code of the place whose organs publish here, in quotes: "320800"'
    )
    # Before `start` and `hosts`, whose checks look at it.
    allow_private: bool = Field(default=False, description="true if addresses off the public network are meant")
    start: tuple[Address, ...] = Field(description="a list of the addresses to begin at, one at least")
    family: Family = Field(
        default="auto",
        description="auto, static, jpage, gkmlpt, annual_report_jsp, half_static or fan_out: how its lists are built",
    )
    hosts: tuple[Host, ...] = Field(default=(), description="a list of more hosts that belong to it")
    trust: Trust | None = Field(
        default=None, description="official, ip_host, mirror or hijacked, or nothing: the host tells"
    )
    politeness: Politeness = Field(
        default=Politeness(), description="delay_seconds and other limits, each with a value"
    )
    organs: tuple[Organ, ...] = Field(default=(), description="a list of organs, each with name, type and first_year")
    reports_a_year: YearlyReports | None = Field(default=None, description="min and max")
    quirks: tuple[Quirk, ...] = Field(default=(), description="a list of quirks, each with what and reason")
    history: tuple[Event, ...] = Field(
        default=(), description="a list of events, each with date and what, oldest first"
    )
    evidence: Text = Field(description="where the start addresses stand word for word in public text")
    last_worked: Literal["never"] | datetime.date = Field(
        default="never", description="never, or the day of the last good crawl as 2026-01-31"
    )

    @field_validator("history")
    @classmethod
    def _ascending(cls, events: tuple[Event, ...]) -> tuple[Event, ...]:
        for before, after in pairwise(events):
            if after.date < before.date:
                raise ValueError(f"{after.date} stands after {before.date}; put the oldest event first")
        return events

    @field_validator("organs")
    @classmethod
    def _each_once(cls, organs: tuple[Organ, ...]) -> tuple[Organ, ...]:
        seen: set[str] = set()
        for organ in organs:
            for name in {organ.name, *organ.aliases}:
                if name in seen:
                    raise ValueError(
                        f"'{name}' is there twice; make one organ of them, with the other names as aliases"
                    )
                seen.add(name)
        return organs

    @field_validator("start")
    @classmethod
    def _some_start(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        if not addresses:
            raise ValueError("start is empty; write the address of a column, one at least")
        if len(set(addresses)) < len(addresses):
            raise ValueError("an address of start is there twice; leave one out")
        return addresses

    @property
    def start_hosts(self) -> tuple[str, ...]:
        """The hosts of the start addresses, each once, in their order."""
        return tuple(dict.fromkeys(map(read_host, self.start)))

    @property
    def every_host(self) -> frozenset[str]:
        """Every host that belongs to the source: those of its start addresses and `hosts`."""
        return frozenset((*self.start_hosts, *self.hosts))

    @property
    def trust_level(self) -> Trust:
        """How far what is found here is the organ's own: as stated, else as its least trusted start host tells."""
        if self.trust:
            return self.trust
        return min(map(_trust_of, self.start_hosts), key=_LEAST_TRUST_FIRST.index)


def _trust_of(host: str) -> Trust:
    if host == "gov.cn" or host.endswith(".gov.cn"):
        return "official"
    return "ip_host" if _read_ip(host) else "mirror"
