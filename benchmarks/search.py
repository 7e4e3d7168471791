"""How long `nianbao search` takes over 20,000 reports: part of `make bench`.

    python benchmarks/search.py [CHARACTERS A REPORT ..., 4000 if not given; real ones have 1,900 to 3,800]

A warehouse of 20,000 reports of 2,000 organs over ten years is made: clauses of prose.txt in
random order with other numbers, one in eight with the name of a place, so that its common
characters are as common as in life and thousands of rare ones occur. Then the index is built
and asked mean things: what is everywhere, what is nowhere though its parts are everywhere,
with every filter. A figure is the median of five runs, each of which opens the file.
"""

import random
import re
import statistics
import sys
import time
from collections import Counter
from itertools import pairwise, product
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipeline.reading import arrow_table
from pipeline.schema import TABLES, schema_version, table
from pipeline.search import SearchIndex
from pipeline.warehouse import Warehouse

REPORTS, ORGANS, SECTIONS = 20_000, 2_000, 3
MOST_MS = 50.0
RUNS = 5
SOURCE = "bench"
PROSE = Path(__file__).parent / "prose.txt"
_AT_ONCE = 1000


def main() -> None:
    for characters in map(int, sys.argv[1:] or ("4000",)):
        with TemporaryDirectory(prefix="nb") as folder:
            measure(Path(folder), characters)


def measure(folder: Path, characters: int) -> None:
    warehouse, sample = make_warehouse(folder / "warehouse.duckdb", characters)
    index = SearchIndex(folder / "search.sqlite", warehouse)
    started = time.perf_counter()
    index.build()
    seconds = time.perf_counter() - started
    size = index.path.stat().st_size / 1e6
    print(f"\nindex of {REPORTS:,} reports of {characters:,} characters: built in {seconds:.0f} s, {size:,.0f} MB")
    print(f"{'ms':>8} {'reports':>8}   query")
    figures = []
    for query, year, agency in queries(sample):
        times = []
        for _ in range(RUNS):
            started = time.perf_counter()
            found = index.search(query, year=year, agency=agency)
            times.append((time.perf_counter() - started) * 1000)
        figures.append(statistics.median(times))
        given = "".join(f" --{name} {value}" for name, value in (("year", year), ("agency", agency)) if value)
        shown = query if len(query) <= 30 else f"{query[:20]}... ({len(query)} characters)"
        slow = "" if figures[-1] < MOST_MS else f"   NOT under {MOST_MS:g} ms"
        print(f"{figures[-1]:8.1f} {found.reports:8,}   {shown}{given}{slow}", flush=True)
    verdict = "all" if max(figures) < MOST_MS else "NOT all"
    print(f"median {statistics.median(figures):.1f} ms, worst {max(figures):.1f} ms: {verdict} under {MOST_MS:g} ms")


def queries(sample: str) -> list[tuple[str, int | None, str | None]]:
    """(words, year, organ): plain, and each with filters that leave ten, thousands, and both."""
    words = [
        "公", "，", "３", "龘", "公开", "2023年", *rarely_together(sample), "依申请公开", "政府信息公开工作",
        "政府信息公开申请", "中华人民共和国政府信息公开条例", "不存在的词语组合",
        "政务公开的信息", "公开公开信息信息公开", "的的的的", sample[500:540], sample[500:800],
    ]  # fmt: skip
    few, many = "第7县", "县"
    plain: list[tuple[str, int | None, str | None]] = [(w, None, None) for w in words]
    for w in ("公", "公开", "依申请公开", "政务公开的信息", words[6]):
        plain += [(w, None, few), (w, None, many), (w, 2019, None), (w, 2019, many), (w, 2019, few)]
    return plain


def rarely_together(sample: str) -> list[str]:
    """Pairs of the commonest characters that stand side by side least: seldom, and never."""
    common = [c for c, _ in Counter(re.findall(r"[\u4e00-\u9fff]", sample)).most_common(30)]
    beside = Counter(f"{a}{b}" for a, b in pairwise(sample))
    pairs = sorted((f"{a}{b}" for a, b in product(common, common)), key=lambda pair: beside[pair])
    return [next(pair for pair in pairs if beside[pair]), pairs[0]]


def make_warehouse(path: Path, characters: int) -> tuple[Warehouse, str]:
    """The warehouse, and the text of some of its reports."""
    clauses = make_clauses()
    sample = ""
    with duckdb.connect(str(path)) as connection:
        for t in TABLES:
            connection.execute(t.ddl())
        insert(connection, "meta_loads", [{"name": "schema", "digest": schema_version()}])
        insert(
            connection, "ref_agencies", [{"agency_id": f"org_{n}", "name": f"第{n}{unit(n)}"} for n in range(ORGANS)]
        )
        for start in range(0, REPORTS, _AT_ONCE):
            numbers = range(start, start + _AT_ONCE)
            texts = {n: [prose(clauses, characters // SECTIONS) for _ in range(SECTIONS)] for n in numbers}
            insert(connection, "core_reports", [report(n) for n in numbers])
            sections = [(n, ordinal, text) for n in numbers for ordinal, text in enumerate(texts[n])]
            insert(connection, "core_sections", [section(*s) for s in sections])
            if len(sample) < 500_000:
                sample += "".join(text for _, _, text in sections[:300])
    return Warehouse(path), sample


def make_clauses(many: int = 40_000) -> list[str]:
    written = [c for c in re.split(r"(?<=[，。；、\n])", PROSE.read_text(encoding="utf-8")) if len(c) > 1]
    draw = random.Random(1)
    names = [chr(n) for n in range(0x4E00, 0x9FA6, 7)]
    clauses = []
    for _ in range(many):
        clause = re.sub(r"\d+", lambda _: str(draw.randrange(10_000)), draw.choice(written))
        clauses.append(f"{''.join(draw.choices(names, k=2))}村{clause}" if draw.random() < 1 / 8 else clause)
    return clauses


_draw = random.Random(2)


def prose(clauses: list[str], characters: int) -> str:
    drawn = "".join(_draw.choices(clauses, k=characters // 8))
    return drawn[:characters]


def unit(organ: int) -> str:
    return "县" if organ % 2 else "市"


def report(n: int) -> dict[str, object]:
    organ = n // 10
    return {
        "source": SOURCE, "report_id": f"{n:016x}-0", "agency": f"第{organ}{unit(organ)}人民政府",
        "agency_id": f"org_{organ}", "year": 2014 + n % 10, "status": "parsed", "is_current": True,
        "url": f"https://www.example.gov.cn/{n}.html",
    }  # fmt: skip


def section(n: int, ordinal: int, text: str) -> dict[str, object]:
    return {
        "source": SOURCE, "report_id": f"{n:016x}-0", "ordinal": ordinal, "section": "overview",
        "heading": "一、总体情况", "text_raw": text, "text": text,
    }  # fmt: skip


def insert(connection: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, object]]) -> None:
    connection.register("made", arrow_table(name, [tuple(row.get(c) for c in table(name).names) for row in rows]))
    connection.execute(f"INSERT INTO {name} SELECT * FROM made")


if __name__ == "__main__":
    main()
