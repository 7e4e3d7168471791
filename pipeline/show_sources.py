"""The sources for a person: what the source files say, as one table."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.sources import Source

__all__ = ["print_sources"]

_WIDE = 120  # cells of the terminal from which every fact has a column of its own


def print_sources(sources: Iterable[Source], console: Console) -> None:
    """Print a row a source: name, title, level, family, start, organs expected, delay, last good crawl.

    A narrow terminal gets the same facts with level and family under the name and the start under the title.
    """
    wide = console.width >= _WIDE
    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("name", "title", "level", "family", "start") if wide else ("name, level, family", "title, start"):
        table.add_column(heading, overflow="fold")
    for heading in ("organs", "delay"):
        table.add_column(heading, justify="right")
    table.add_column("last worked", no_wrap=True)
    for source in sources:
        names, addresses = [source.name, source.level, source.family], [source.title, "\n".join(source.start)]
        cells = [names[0], addresses[0], *names[1:], addresses[1]] if wide else ["\n".join(names), "\n".join(addresses)]
        # Without a list of organs, every one seen there before is expected.
        cells += [
            str(len(source.organs)) if source.organs else "as seen",
            f"{source.politeness.delay_seconds:g} s",
            str(source.last_worked),
        ]
        table.add_row(*map(Text, cells))
    console.print(table)
