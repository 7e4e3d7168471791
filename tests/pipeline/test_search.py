"""The index of the prose: what a substring search finds, in its order, of the warehouse as it stands."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pipeline_helpers import bring_up
from release_helpers import BASE, base_documents
from search_helpers import report, warehouse_of

from pipeline.conditions import explain
from pipeline.search import EmptyQuery, SearchError, SearchIndex
from pipeline.settings import Settings
from pipeline.workspace import Workspace

QUERIES = [
    "公", "公开", "依申请公开", "%", "_", "*", '"', "'", '""', "\\", " ", "  ", "\n", "\0", "0", "1", "AND", "OR", "NOT",
    "NEAR", "公 AND 开", "公*", "^公", "text:公", "-公", "(", ")", "{}", "[", "a", "A", "ａ", "Ａ", "①", "㈱", "株", "ﬃ", "fi",
    "é", "e", "\u0301", "e\u0301", "公\u0301", "ガ", "ｶﾞ", "カ", "𠀀", "\U0010ffff", "\ue000", "\ud800", "\ud831",
    "\x7f", "\x80", "\u200b", "\ufeff", "…", "...", "½", "1⁄2", "，", ",", "。公", "公。", "开开", "开公", "0 0", "公开0",
]  # fmt: skip
NASTY = "公开依申请，。\n ０0A1aＡ%_*\"'\\^-(é\u0301e㈱株ﬃ𠀀\x00\x7f\u200bｶﾞ"
nasty = st.text(st.sampled_from(NASTY), max_size=12) | st.text(max_size=6)


def index_of(folder, *given, **more):
    index = SearchIndex(folder / "search.sqlite", warehouse_of(folder / "warehouse.duckdb", *given, **more))
    index.path.unlink(missing_ok=True)
    index.build()
    return index


def found(index, query, **filters):
    """All report_ids, in their order."""
    answer = index.search(query, first=10**6, **filters)
    assert answer.reports == len(answer.hits)
    return [hit.report_id for hit in answer.hits]


# Exactness


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reports=st.lists(st.lists(nasty, max_size=3), min_size=1, max_size=6),
    more=st.lists(nasty, max_size=10),
    data=st.data(),
)
def test_any_query_finds_what_a_substring_search_finds(tmp_path, reports, more, data):
    index = index_of(tmp_path, [report(f"{n:02}", *texts) for n, texts in enumerate(reports)])
    whole = "".join(text for texts in reports for text in texts)
    slices = [whole[n : n + length] for n in range(len(whole)) for length in (1, 2, 3, 7)]
    drawn = data.draw(st.lists(st.sampled_from(slices), max_size=30)) if slices else []
    for query in filter(None, {*QUERIES, *more, *drawn}):
        words = normalize("NFKC", query)
        expected = [
            f"{n:02}" for n, texts in enumerate(reports) if any(words in normalize("NFKC", text) for text in texts)
        ]
        assert found(index, query) == expected, ascii(query)


def test_accents_belong_to_their_letters(tmp_path):
    """NFKC of a whole section and of a whole query: what that means at the edges of a query."""
    texts = ["cafe\u0301", "café", "cafe", "公\u0301开", "ｶﾞ", "ガ", "㈱", "각"]
    index = index_of(tmp_path, [report(f"{n}", text) for n, text in enumerate(texts)])
    assert found(index, "e") == ["2"]
    assert found(index, "e\u0301") == found(index, "é") == ["0", "1"]
    assert found(index, "\u0301") == ["3"]  # of é nothing is left to be found alone
    assert found(index, "公") == ["3"]
    assert found(index, "公开") == []
    assert found(index, "ガ") == ["4", "5"]
    assert found(index, "カ") == []
    assert found(index, "(株") == ["6"]
    assert found(index, "가") == []
    # A query ending in a letter and one beginning with its accent do not make the query of both.
    assert found(index, "cafe") == ["2"]


def test_no_match_runs_from_one_section_into_the_next(tmp_path):
    reports = [
        report("a", "依申请", "公开"),
        report("b", "依申请公", "", "开"),
        report("c", "依申请公开"),
        report("d", "依申请", "请公开"),  # the pairs of 申请公 stand one after the other
    ]
    index = index_of(tmp_path, reports)
    assert found(index, "依申请公开") == ["c"]
    assert found(index, "请公") == ["b", "c", "d"]
    assert found(index, "申请公") == ["b", "c"]
    assert found(index, "0") == []
    assert found(index, "开") == ["a", "b", "c", "d"]


def test_words_longer_than_a_phrase_of_the_index(tmp_path):
    common = "政务公开" * 50
    index = index_of(tmp_path, [report("a", common + "甲"), report("b", common + "乙"), report("c", common[:-1])])
    assert found(index, common) == ["a", "b"]
    assert found(index, common + "乙") == ["b"]
    assert found(index, common + "丙") == []
    assert index.search(common + "乙").hits[0].passage.marks == ((0, 201),)


def test_a_query_without_a_character_is_refused(tmp_path):
    with pytest.raises(EmptyQuery, match="at least one character"):
        index_of(tmp_path, []).search("")


# Which reports, in which order, and what is told of them


def test_the_newest_first_then_by_organ(tmp_path):
    reports = [
        report("1", "公开", year=None, agency="甲局"),
        report("2", "公开", year=2019, agency="丙局"),
        report("3", "公开", year=2024, agency="乙局", agency_id="org_b"),
        report("4", "公开", year=2019, agency="乙局", agency_id="org_b"),
        report("6", "公开", year=2019, agency="甲局"),
        report("5", "公开", year=2019, agency="甲局"),
    ]
    index = index_of(tmp_path, reports, organs=[("org_b", "辛县乙局")])
    assert found(index, "公开") == ["3", "2", "5", "6", "4", "1"]
    assert found(index, "公开", year=2019) == ["2", "5", "6", "4"]
    assert [found(index, "公开", year=year) for year in (2018, 0, -1, 10**30)] == [[], [], [], []]
    # By id, by a part of the full name or of the printed one, full-width or not.
    assert (
        found(index, "公", agency="org_b")
        == found(index, "公", agency="辛县")
        == found(index, "公", agency="县乙")
        == ["3", "4"]
    )
    assert found(index, "公", agency="局", year=2024) == ["3"]
    assert (
        found(index, "公", agency="org_") == found(index, "公", agency="%") == found(index, "公", agency="\ud800") == []
    )
    assert found(index, "公", agency="") == found(index, "公")
    assert [index.search("公").hits[n].organ for n in (0, 1)] == ["辛县乙局", "丙局"]


def test_twenty_are_shown_and_all_are_counted(tmp_path):
    index = index_of(tmp_path, [report(f"{n:02}", "公开" if n % 2 else "不") for n in range(50)])
    answer = index.search("公开")
    assert (answer.reports, len(answer.hits)) == (25, 20)
    assert [hit.report_id for hit in answer.hits] == [f"{n:02}" for n in range(1, 41, 2)]


def test_a_report_found_at_two_sources_counts_once(tmp_path):
    reports = [
        report("a", "公开", source="second", is_current=False),
        report("a", "公开", source="third", is_current=True),
        report("a", "公开", source="first", is_current=False),
        report("b", "公开", source="second", is_current=False),
        report("b", "公开", source="first", is_current=False),
        report("c", "公开", status="rejected"),
        report("d", "公开", status="partial"),
    ]
    hits = index_of(tmp_path, reports).search("公开").hits
    assert [(h.report_id, h.source, h.is_current) for h in hits] == [
        ("a", "third", True), ("d", "site", True), ("b", "first", False),
    ]  # fmt: skip


def test_what_is_told_of_a_hit(tmp_path):
    reports = [report("a", "无。", "收到３件。办结3件，转出１件。", "3件", agency="甲局", url="http://example/")]
    (hit,) = index_of(tmp_path, reports).search("３件").hits
    assert (hit.section_ordinal, hit.section, hit.occurrences, hit.url) == (1, "overview", 3, "http://example/")
    assert list(hit.passage.parts) == [("收到", False), ("３件", True), ("。", False)]


# The fixtures, from either kind of warehouse


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder of a report of each form."""
    workspace = Workspace(Settings(data=tmp_path_factory.mktemp("searched") / "data"), tell=lambda _: None)
    workspace.archive.put("site", base_documents())
    bring_up(workspace)
    return workspace.settings.data


@pytest.fixture
def searched(data, tmp_path):
    """A copy of it and its index, not yet made."""
    shutil.copytree(data, tmp_path / "data")
    workspace = Workspace(Settings(data=tmp_path / "data"), tell=lambda _: None)
    return workspace, SearchIndex(workspace.settings.search, workspace.warehouse)


def test_real_pages_and_their_sections(searched):
    workspace, index = searched
    index.build()
    (hit,) = index.search("图解和问答形式").hits
    assert (hit.year, hit.section, hit.url) == (2022, "problems", "http://www.example.gov.cn/2021-html.html")
    (heading,) = workspace.warehouse.query(
        "SELECT heading FROM core_sections WHERE report_id = $1 AND ordinal = $2", [hit.report_id, hit.section_ordinal]
    ).fetchall()
    assert hit.heading == heading[0]
    assert "图解和问答形式" in hit.passage.sentence
    assert [h.year for h in index.search("公开").hits] == [2022, 2019, 2016, 2011]


def test_postgresql_gives_the_same(searched, postgres):
    workspace, index = searched
    index.build()
    served = Workspace(Settings(data=workspace.settings.data, warehouse=postgres), tell=lambda _: None).warehouse
    there = SearchIndex(workspace.settings.data / "there.sqlite", served)
    with pytest.raises(FileNotFoundError, match="no warehouse yet; run `nianbao run` first"):
        there.is_fresh()
    served.serve(lambda _: None)
    there.build()
    assert there.is_fresh()
    for query in ("公开", "件", "3", "图解和问答形式"):
        assert there.search(query) == index.search(query)
        assert there.search(query).hits
    served.refresh(["out_ledger"], lambda _: None)
    assert there.is_fresh()


# When it is made


def test_it_is_made_when_the_warehouse_has_changed_and_only_then(searched, quick_documents):
    workspace, index = searched
    assert not index.exists()
    index.build()
    made = index.path.stat().st_ino
    workspace.warehouse.refresh(["out_panel"], lambda _: None)
    index.build()
    assert (index.is_fresh(), index.path.stat().st_ino) == (True, made)
    workspace.archive.put("other", [d for d in quick_documents if d[0] == "file:oddity-wrong-total.html"])
    bring_up(workspace, "other")
    assert (index.exists(), index.is_fresh()) == (True, False)
    before = index.search("公开").reports
    index.build()
    assert index.is_fresh()
    assert index.search("公开").reports == before + 1
    assert sorted(p.name for p in index.path.parent.glob("*search*")) == [".search.sqlite.lock", "search.sqlite"]


def test_a_warehouse_loaded_while_it_is_read_is_read_again(tmp_path):
    index = SearchIndex(tmp_path / "search.sqlite", warehouse_of(tmp_path / "warehouse.duckdb", [report("a", "甲")]))

    def load(done, _all):
        if done == 1 and not index.path.with_name("loaded").exists():
            index.path.with_name("loaded").touch()
            warehouse_of(tmp_path / "warehouse.duckdb", [report("b", "乙")], digest="2")

    index.build(on_part=load)
    assert found(index, "甲") == []
    assert found(index, "乙") == ["b"]


def test_an_index_of_other_code_or_a_damaged_one_is_made_anew(tmp_path):
    index = index_of(tmp_path, [report("a", "公开")])
    with closing(sqlite3.connect(index.path)) as connection, connection:
        connection.execute("UPDATE meta SET value = 'before' WHERE name = 'format'")
    assert not index.exists()
    for damaged in (b"", b"no database", index.path.read_bytes()[:5000]):
        index.path.write_bytes(damaged)
        assert (index.exists(), index.is_fresh()) == (False, False)
        index.build()
        assert found(index, "公开") == ["a"]


def test_damage_that_is_seen_late_is_told(tmp_path):
    index = index_of(tmp_path, [report(f"{n}", "公开" * 3000) for n in range(20)])
    content = bytearray(index.path.read_bytes())
    content[8192:] = b"\xff" * len(content[8192:])
    index.path.write_bytes(content)
    with pytest.raises(SearchError, match=r"search\.sqlite: .*; delete it and search again") as told:
        index.search("公开")
    assert explain(told.value) == str(told.value)


def test_no_warehouse_or_one_of_another_version(tmp_path):
    nothing = SearchIndex(tmp_path / "search.sqlite", warehouse_of(tmp_path / "warehouse.duckdb", []))
    nothing.build()
    assert nothing.search("公开").reports == 0
    import duckdb

    with duckdb.connect(str(nothing.warehouse.path)) as connection:
        connection.execute("UPDATE meta_loads SET digest = 'before' WHERE name = 'schema'")
    with pytest.raises(SearchError, match="of another version; run `nianbao run` first"):
        nothing.is_fresh()
    with duckdb.connect(str(nothing.warehouse.path)) as connection:
        connection.execute("DROP TABLE meta_loads")
    with pytest.raises(SearchError, match="of another version; run `nianbao run` first"):
        nothing.build()
    nothing.warehouse.path.unlink()
    with pytest.raises(FileNotFoundError, match="no warehouse yet"):
        nothing.build()


def test_two_at_once_make_it_once(tmp_path):
    warehouse = warehouse_of(tmp_path / "warehouse.duckdb", [report(f"{n}", "公开" * 500) for n in range(200)])
    told, made = [], []
    indexes = [SearchIndex(tmp_path / "search.sqlite", warehouse) for _ in range(2)]
    threads = [
        threading.Thread(target=index.build, args=(told.append, lambda done, all_: made.append((done, all_))))
        for index in indexes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count((400, 400)) == 1
    assert all(re.fullmatch(r"another search holds .*search\.sqlite; waiting up to 600 s", line) for line in told)
    assert indexes[1].search("公开").reports == 200


_BUILD = """
import sys, time
from pathlib import Path
from pipeline.search import SearchIndex
from pipeline.warehouse import Warehouse
folder = Path(sys.argv[1])
index = SearchIndex(folder / "search.sqlite", Warehouse(folder / "warehouse.duckdb"))
index.build(on_part=lambda done, _: (print(done, flush=True), time.sleep(60)) if done == 150 else None)
"""


def test_killed_while_it_is_made(tmp_path):
    """What stood there before is searched until it is made; the next one starts anew."""
    index = index_of(tmp_path, [report("a", "甲")])
    warehouse_of(tmp_path / "warehouse.duckdb", [report(f"{n}", "公开") for n in range(100)], digest="2")
    with subprocess.Popen([sys.executable, "-c", _BUILD, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"150\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    partial = tmp_path / ".search.sqlite.partial"
    assert partial.exists()
    assert found(index, "甲") == ["a"]
    assert not index.is_fresh()
    index.build()
    assert not partial.exists()
    assert index.search("公开").reports == 100


def test_a_full_disk_leaves_what_was_there(tmp_path):
    index = index_of(tmp_path, [report("a", "甲")])
    texts = [os.urandom(3000).hex() for _ in range(300)]
    warehouse_of(tmp_path / "warehouse.duckdb", [report(f"{n}", t) for n, t in enumerate(texts)], digest="2")
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from pipeline.conditions import explain\n"
        "from pipeline.search import SearchError, SearchIndex\n"
        "from pipeline.warehouse import Warehouse\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "folder = Path(sys.argv[1])\n"
        "try:\n    SearchIndex(folder / 'search.sqlite', Warehouse(folder / 'warehouse.duckdb')).build()\n"
        "except SearchError as error:\n    print(explain(error))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{index.path}: ")
    assert "see that the disk has room" in done.stdout
    assert found(index, "甲") == ["a"]
    assert sorted(p.name for p in tmp_path.glob("*.partial*")) == []


# The command


@pytest.fixture
def nianbao(data, tmp_path):
    folder = tmp_path / "given"
    shutil.copytree(data, folder)

    def call(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-c", "from pipeline.cli import app; app()", "search", *arguments],
            env=os.environ | {"NIANBAO_DATA": str(folder), "COLUMNS": "100"} | environment,
            capture_output=True, text=True, check=False, encoding="utf-8",
        )  # fmt: skip

    return call


def test_search_for_a_person(nianbao):
    first = nianbao("图解和问答形式")
    assert first.returncode == 0
    assert first.stderr.splitlines() == [
        "making the search index: the warehouse has changed since it was last searched, or never was"
    ]
    lines = first.stdout.splitlines()
    assert lines[0] == "1 report has «图解和问答形式»:"
    assert lines[2].startswith("2022 青澜市人民政府办公室  in 五、")
    assert "图解和问答形式" in lines[3]
    assert lines[4].endswith("http://www.example.gov.cn/2021-html.html")
    second = nianbao("龘")
    assert (second.returncode, second.stdout, second.stderr) == (0, "nothing found: no report has «龘»\n", "")
    assert nianbao("公开", "--year", "2019").stdout.startswith("1 report has «公开»:\n\n2019 ")


def test_search_for_a_program(nianbao):
    done = nianbao("３", "--json", "--agency", "青澜")
    found_ = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["reports_found"] for line in found_} == {len(found_)}
    assert found_
    for line in found_:
        assert {"source", "report_id", "agency", "agency_id", "year", "url", "is_current", "section"} <= line.keys()
        assert [line["sentence"][s:e] for s, e in line["marks"]] == ["3"] * len(line["marks"])
    assert [line["year"] for line in found_] == sorted((line["year"] for line in found_), reverse=True)
    assert nianbao("龘", "--json").stdout == ""


def test_what_a_search_is_refused_for(nianbao, tmp_path):
    done = nianbao("")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == "there is nothing to search for: give at least one character"
    assert nianbao("公", "--year", "0").returncode == 2
    done = nianbao("公", NIANBAO_DATA=str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path}/none/warehouse.duckdb: no warehouse yet; run `nianbao run` first\n"


def test_a_search_is_quick_to_start(data, tmp_path):
    shutil.copytree(data, tmp_path / "data")
    code = (
        "import sys\nfrom pipeline.cli import app\n"
        "try:\n    app(['search', '公开', '--json'])\nexcept SystemExit:\n    pass\n"
        "assert not {'dagster', 'pandas', 'scrapy', 'datasette'} & set(sys.modules)\n"
    )
    environment = os.environ | {"NIANBAO_DATA": str(tmp_path / "data")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == len(BASE)


def test_a_search_among_many_is_quick(tmp_path):
    """2,000 reports of 2,500 characters; `make bench` measures ten times as many."""
    index = index_of(tmp_path, [report(f"{n:04}", "政务公开申请工作，" * 250 + f"第{n}号。") for n in range(2000)])
    for query in ("公", "公开", "政务公开申请工作", "务政", "作，政务公开申", "第1999号", "公开公开"):
        assert min(_seconds(index, query) for _ in range(3)) < 0.05, query


def _seconds(index, query):
    started = time.perf_counter()
    index.search(query)
    return time.perf_counter() - started
