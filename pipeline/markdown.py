"""Figures in, Markdown out as Dagster's web UI shows it: nothing that a report says can become a tag or a link.

The UI shows Markdown of less than a thousand characters at once, and what is longer behind a button.
"""

import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Sequence
from string import punctuation
from urllib.parse import quote, urlsplit

from pipeline.answers import plain_number
from pipeline.figures import Failure

__all__ = ["MOST_SHARES", "escaped", "failures_table", "figures_table", "link", "plot_shares"]

MOST_SHARES = 30
"""Runs that are plotted."""
_LONGEST = 40  # characters of a cell
_MOST_ROWS = 250
# Parsers of tables disagree on what a bar behind a backslash is.
_ESCAPES = {ord(sign): f"\\{sign}" for sign in punctuation} | {ord(sign): f"&#{ord(sign)};" for sign in "|\\"}
# What an address may be made of: a bracket or a bar would end the link, or the cell.
_IN_ADDRESS = ":/?#@!$&'*+,;=%~-._"
_WIDTH, _TOP, _BOTTOM = 300, 14, 58  # of the plot, in pixels
_NOT_CHECKED = "No identity could be checked yet."


def escaped(text: object) -> str:
    r"""Text of one line that Markdown shows as it is, cut where it is long; signs that are not seen are left out.

    >>> print(escaped("水务局|](javascript:alert(1))"))
    水务局&#124;\]\(javascript\:alert\(1\)\)
    >>> print(escaped("<b>\n财政\u202e局"))
    \<b\> 财政局
    """
    line = " ".join(str(text).split())
    seen = "".join(sign for sign in line if unicodedata.category(sign)[0] != "C")
    return (seen if len(seen) <= _LONGEST else f"{seen[: _LONGEST - 1]}…").translate(_ESCAPES)


def link(text: str, address: str) -> str:
    """A link to an address of the web, its text escaped; the text alone when the address is of another kind.

    >>> link("年报", "http://www.example.gov.cn/a(1).html?b=1&c=2")
    '[年报](http://www.example.gov.cn/a%281%29.html?b=1&amp;c=2)'
    >>> link("年报", "javascript:alert(1)")
    '年报'
    """
    try:
        parts = urlsplit(address := address.strip())
    except ValueError:
        return escaped(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return escaped(text)
    return f"[{escaped(text)}]({quote(address, safe=_IN_ADDRESS).replace('&', '&amp;')})"


def figures_table(columns: Sequence[str], rows: Sequence[Sequence[object]], texts: int = 1) -> str:
    """A table whose first `texts` columns are words or years; where it is long its first rows, and how many more."""
    more = f"\n\n... and {len(rows) - _MOST_ROWS:,} rows more" if len(rows) > _MOST_ROWS else ""
    shown = ([f"{cell:,}" if n >= texts else escaped(cell) for n, cell in enumerate(row)] for row in rows[:_MOST_ROWS])
    return _table(columns, shown, texts) + more


def failures_table(failures: Sequence[Failure], explorer: str) -> str:
    """Failed identities, each with its place in the explorer at the address `explorer`, if any, and its own page."""
    columns = ("organ", "year", "arithmetic", "would repair it", "identity", "at", "published")
    return _table(columns, (_failure(failure, explorer) for failure in failures), len(columns))


def _failure(f: Failure, explorer: str) -> Iterable[str]:
    page = f"{explorer}/report/{quote(f.source, safe='')}/{quote(f.report_id, safe='')}#c{f.finding}"
    organ, address = f.agency or "organ not known", f.url or ""
    published = link("page", address)
    yield link(organ, page) if explorer else escaped(organ)
    yield str(f.year or "")
    yield f"{escaped(plain_number(f.left))} ≠ {escaped(plain_number(f.right))}"
    yield escaped(f.repair)
    yield escaped(f.name)
    yield escaped((f.row_or_column or "").replace("+", " + "))  # so that it is wrapped
    yield published if published != "page" else escaped(address)


def _table(columns: Sequence[str], rows: Iterable[Iterable[str]], texts: int) -> str:
    marks = ("--" if n < texts else "--:" for n in range(len(columns)))
    return "\n".join(f"|{'|'.join(cells)}|" for cells in (columns, marks, *rows))


def plot_shares(shares: Sequence[float]) -> str:
    """A line over the runs, oldest first, of the share of the checked identities that fail, from 0 upwards.

    It stays under a thousand characters for as many runs as are plotted.
    """
    shares = shares[-MOST_SHARES:]
    if not shares:
        return _NOT_CHECKED
    most = max(shares)
    step = _WIDTH // max(len(shares) - 1, 1)
    points = [(n * step + 2, round(_BOTTOM - (_BOTTOM - _TOP) * share / (most or 1))) for n, share in enumerate(shares)]
    (x, y), line = points[-1], "L".join(f"{x} {y}" for x, y in points)
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH + 60}' height='60'>"
        f"<path d='M2 {_TOP}H{_WIDTH}M2 {_BOTTOM}H{_WIDTH}' stroke='#bbb'/>"
        f"<path d='M{line}' fill='none' stroke='#c2410c' stroke-width='2'/>"
        f"<circle cx='{x}' cy='{y}' r='3' fill='#c2410c'/>"
        f"<text y='10' font-size='11' fill='#888'>{most:.2%}</text></svg>"
    )
    said = [f"{shares[-1]:.2%} of the checked identities fail"]
    if len(shares) > 1:
        said.append(f"at most {most:.2%} in the last {len(shares)} runs")
    image = f"![{', '.join(said)}](data:image/svg+xml;base64,{b64encode(svg.encode()).decode()})"
    return "\n\n".join((image, *said))
