"""A written release in, the pages that go with it out: README, citation, licences."""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from string import Template

import pyarrow.compute as pc
import pyarrow.parquet as pq

from parsers.indicators import load_indicators
from pipeline.release.errors import ReleaseError
from pipeline.release.labels import Labels
from pipeline.release.tables import Published

__all__ = ["write_papers"]

_TEXTS = Path(__file__).with_name("texts")


def write_papers(
    folder: Path, tables: Sequence[Published], rows: Mapping[str, int], labels: Labels, *, version: str, day: str
) -> None:
    """README.md, CITATION.cff, LICENSE-DATA and LICENSE-CODE."""
    words = {"version": version, "day": day} | _counts(folder, rows, labels)
    words["tables"] = "\n".join(
        [
            "| table | rows | what |",
            "|---|---|---|",
            *(f"| `{t.name}` | {rows[t.name]:,} | {t.description} |" for t in tables),
        ]
    )
    for name in ("README.md", "CITATION.cff", "LICENSE-DATA"):
        text = Template((_TEXTS / name).read_text(encoding="utf-8")).substitute(words)
        _write(folder / name, text)
    _write(folder / "LICENSE-CODE", _licence_of_the_code())


def _counts(folder: Path, rows: Mapping[str, int], labels: Labels) -> dict[str, str]:
    panel = pq.read_table(
        folder / "parquet" / "panel.parquet", columns=["agency_id", "year", "form"], partitioning=None
    )
    years = sorted(set(panel["year"].to_pylist()))
    reports = pq.read_table(folder / "parquet" / "reports.parquet", columns=["status"], partitioning=None)
    values = pq.read_table(folder / "parquet" / "values.parquet", columns=["missing"], partitioning=None)
    missing = len(values) - values["missing"].null_count
    indicators = load_indicators()
    return {
        "n_rows": f"{len(panel):,}",
        "n_agencies": f"{pc.count_distinct(panel['agency_id']).as_py():,}",
        "years": f"{years[0]} to {years[-1]}" if years else "none",
        "n_reports": f"{rows['reports']:,}",
        "n_partial": f"{Counter(reports['status'].to_pylist())['partial']:,}",
        "n_values": f"{len(values) - missing:,}",
        "n_missing": f"{missing:,}",
        "n_unverified": str(sum(i.evidence == "unverified" for i in indicators)),
        "n_indicators": str(len(indicators)),
        "by_form": _by_form(Counter(panel["form"].to_pylist()), labels),
    }


def _by_form(found: Mapping[str | None, int], labels: Labels) -> str:
    lines = [f"| {c.code} | {c.label_zh}: {c.label_en} | {found.get(c.code, 0):,} |" for c in labels.codes["form"]]
    return "\n".join(["| form | | organ-years |", "|---|---|---|", *lines])


def _licence_of_the_code() -> str:
    """The LICENSE file, where it lies in a checkout or in an installed package."""
    checkout = Path(__file__).parents[2] / "LICENSE"
    if checkout.exists():
        return checkout.read_text(encoding="utf-8")
    try:
        text = distribution("nianbao").read_text("licenses/LICENSE")
    except PackageNotFoundError:
        text = None
    if text is None:
        raise ReleaseError("the licence of the code is not installed with it; install nianbao anew")
    return text


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
