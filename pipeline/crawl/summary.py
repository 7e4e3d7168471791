"""What crawls found, for the person who ran them: documents by what came of them, and reports that are missing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape

from pipeline.crawl import CrawlResult
from pipeline.deadlines import deadline_of, organ_type
from pipeline.sources import FIRST_REPORT_YEAR, Organ, Source

__all__ = ["missing_reports", "print_crawls"]

_MOST_NAMES = 8


def missing_reports(
    source: Source, seen: Iterable[tuple[str, int]], before: Iterable[tuple[str, int]], today: date
) -> list[tuple[str, int]]:
    """Organs and years that the source expects, whose deadline has passed, and that were not found.

    `seen` are those of this crawl, `before` those known. Without a list of organs in the
    source's file every organ that reported there before is expected, from its first year on.
    """
    found = {*seen, *before}
    organs = source.organs or _organs_of(found)
    return [
        (organ.name, year)
        for organ in organs
        for year in range(organ.first_year, min(organ.last_year or today.year, today.year - 1) + 1)
        if (deadline_of(organ.type, year) or date(year + 1, 3, 31)) < today
        and not any((name, year) in found for name in (organ.name, *organ.aliases))
    ]


def _organs_of(found: Iterable[tuple[str, int]]) -> list[Organ]:
    first: dict[str, int] = {}
    for name, year in found:
        first[name] = min(year, first.get(name, year))
    return [
        Organ.model_validate({"name": name, "type": organ_type(name), "first_year": year})
        for name, year in sorted(first.items())
        if year >= FIRST_REPORT_YEAR
    ]


def print_crawls(
    results: Sequence[CrawlResult],
    missing: Mapping[str, Sequence[tuple[str, int]]],
    console: Console,
) -> None:
    """Print what each source gave, and below it what was not as it should be."""
    for result in results:
        name = f"[bold]{escape(result.source)}[/]"
        if result.account is None:
            console.print(f"{name}: [red]failed: {escape(result.error or 'unknown')}[/]", highlight=False)
            continue
        console.print(f"{name}: {_counted(result.account)}", highlight=False, soft_wrap=True)
        for line in _troubles(result.account, missing.get(result.source, ())):
            console.print(f"  {line}", highlight=False, soft_wrap=True)


def _counted(account: Mapping[str, Any]) -> str:
    """The documents by what came of them, in one line."""
    parts = [f"{account['found']:,} documents found"]
    if parted := ", ".join(f"{account[n]:,} {n}" for n in ("new", "changed", "unchanged") if account[n]):
        parts[0] += f": {parted}"
    parts.append(f"{account['reports']:,} reports")
    for name in ("rejected", "blocked", "failed"):
        if found := account[name]:
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in found.items())
            parts.append(f"{sum(found.values()):,} {name} ({escape(reasons)})")
    return "; ".join(parts)


def _troubles(account: Mapping[str, Any], missing: Sequence[tuple[str, int]]) -> Iterator[str]:
    if account["state"] == "blocked":
        yield "[red]the site refuses; it was left alone and is asked again when it is due[/]"
    if left := account["left"]:
        yield f"[dim]links not followed: {', '.join(f'{reason} {count:,}' for reason, count in left.items())}[/]"
    for issue in account["issues"]:
        yield f"[yellow]{issue['kind']}: {escape(issue['message'])}[/]"
    if missing:
        names = ", ".join(f"{name} {year}" for name, year in missing[:_MOST_NAMES])
        more = f" and {len(missing) - _MOST_NAMES:,} more" if len(missing) > _MOST_NAMES else ""
        yield f"[yellow]{len(missing):,} missing: {escape(names)}{more}[/]"
