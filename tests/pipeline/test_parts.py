"""A report in several files: its page, its tables, its twin; who inherits what, and which one is used."""

import json

import pytest
from crawl_helpers import Simulator, crawl, source_of
from pipeline_helpers import bring_up, dump
from store_helpers import (
    HOST,
    as_small_docx,
    content_of,
    define,
    got,
    list_page,
    official_tables,
    parts_of,
    report_page,
    rows,
    workspace_of,
    write_crawl,
)

ORGAN = "白榆县财政局"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FILE = "/files/a.docx"
PAGE = "/art/1.html"


def crawled(tmp_path, page, *files, source="site", day="2023-03-01", name=None):
    """A workspace with one report page and the files that it links, loaded."""
    workspace = workspace_of(tmp_path / "data", define(source))
    title = name or f"{ORGAN}2022年政府信息公开工作年度报告"
    write_crawl(
        workspace.archive, source, day,
        got("/nb/", list_page([(PAGE, title)]), role="list"),
        got(PAGE, page, via=f"{HOST}/nb/", title=title),
        *(got(url, body, via=HOST + PAGE, title=url, media_type=DOCX) for url, body in files),
    )  # fmt: skip
    assert [r.error for r in bring_up(workspace)] == [None]
    return workspace


def parts(workspace):
    return rows(
        workspace,
        f"SELECT kind, replace(url, '{HOST}', ''), n_page, n_part, n_different FROM core_report_parts ORDER BY url",
    )


def cell_count(content):
    return len(content["tables"]) and sum(
        len(line.split()) for table in content["tables"].values() for line in table.values()
    )


def current(workspace):
    return rows(workspace, f"SELECT replace(url, '{HOST}', '') FROM core_reports WHERE is_current ORDER BY url")


@pytest.fixture
def content():
    return content_of(ORGAN, 2022)


def test_prose_on_the_page_and_tables_in_the_file(tmp_path, content):
    workspace = crawled(
        tmp_path, report_page(content, {}, [(FILE, "年报.docx")]), (FILE, as_small_docx(parts_of(content)))
    )
    count = cell_count(content)
    assert count == 200
    assert parts(workspace) == [("tables", FILE, 0, count, 0)]
    assert current(workspace) == [(FILE,)]
    # An observation keeps its own document; the prose of the page states some itself.
    of = """SELECT DISTINCT replace(r.url, ?, ''), CAST(o.flags AS VARCHAR)
            FROM core_observations o JOIN core_reports r USING (source, report_id) ORDER BY ALL"""
    assert rows(workspace, of, HOST) == [("/art/1.html", '["from_narrative"]'), (FILE, "[]")]
    assert rows(workspace, "SELECT agency, year, url, n_candidates FROM out_panel") == [(ORGAN, 2022, HOST + FILE, 1)]


def test_bare_tables_are_the_page_s(tmp_path, content):
    """A file of tables alone does not say whose they are."""
    bare = as_small_docx(list(official_tables(content).values()))
    workspace = crawled(tmp_path, report_page(content, {}, [(FILE, "附件")]), (FILE, bare))
    assert parts(workspace)[0][0] == "tables"
    found = rows(
        workspace,
        "SELECT agency, agency_id, year, CAST(inferred AS VARCHAR) FROM core_reports WHERE url = ?",
        HOST + FILE,
    )
    page_id = rows(workspace, "SELECT agency_id FROM core_reports WHERE url = ?", HOST + PAGE)[0][0]
    ((agency, agency_id, year, inferred),) = found
    assert (agency, agency_id, year) == (ORGAN, page_id, 2022)
    assert {"agency", "year"} <= set(json.loads(inferred))
    assert len(json.loads(inferred)) == len(set(json.loads(inferred)))
    assert rows(workspace, "SELECT url FROM out_panel WHERE agency = ?", ORGAN) == [(HOST + FILE,)]


def test_an_equal_twin(tmp_path, content):
    workspace = crawled(
        tmp_path, report_page(content, None, [(FILE, "下载")]), (FILE, as_small_docx(parts_of(content)))
    )
    assert parts(workspace) == [("twin", FILE, 200, 200, 0)]
    assert rows(workspace, "SELECT count(*) FROM core_findings WHERE identity = 'parts.twin'") == [(0,)]
    assert current(workspace) == [(PAGE,)]
    assert rows(workspace, "SELECT url, n_candidates FROM out_panel") == [(HOST + PAGE, 1)]


def altered(content):
    """The same report with two other cells: one number, one blank."""
    tables = json.loads(json.dumps(content["tables"]))
    cells = tables["applications"]["granted"].split()
    cells[0], cells[2] = "999", "."
    tables["applications"]["granted"] = " ".join(cells)
    return {**content, "tables": tables}


def test_a_twin_that_differs(tmp_path, content):
    other = altered(content)
    workspace = crawled(tmp_path, report_page(content, None, [(FILE, "下载")]), (FILE, as_small_docx(parts_of(other))))
    assert parts(workspace) == [("twin", FILE, 200, 200, 2)]
    printed = content["tables"]["applications"]["granted"].split()
    found = rows(
        workspace,
        "SELECT f.row_or_column, f.verdict, f.left_value, f.right_value, CAST(f.cells AS VARCHAR), replace(r.url, ?, ''), replace(p.url, ?, '')"
        " FROM core_findings f JOIN core_reports r USING (source, report_id) JOIN core_reports p ON p.report_id = f.evidence"
        " WHERE identity = 'parts.twin' ORDER BY f.id", HOST, HOST,
    )  # fmt: skip
    columns = [json.loads(cells)[0][2] for *_, cells, _, _ in found]
    assert [(row, verdict, left, right, page, file) for row, verdict, left, right, _, page, file in found] == [
        (f"granted.{columns[0]}", "fail", float(printed[0]), 999.0, PAGE, FILE),
        (f"granted.{columns[1]}", "fail", float(printed[2]), None, PAGE, FILE),
    ]
    # Both are kept as they are; neither has more of the form: the page is used.
    assert current(workspace) == [(PAGE,)]
    assert rows(workspace, "SELECT count(*) FROM core_observations WHERE raw = '999'") == [(1,)]


@pytest.mark.parametrize("fuller", ["page", "file"])
def test_the_one_with_more_of_the_form_is_used(tmp_path, content, fuller):
    tables = official_tables(content)
    fewer = {name: table for name, table in tables.items() if name != "proactive"}
    on_page, in_file = (tables, fewer) if fuller == "page" else (fewer, tables)
    workspace = crawled(
        tmp_path, report_page(content, on_page, [(FILE, "下载")]), (FILE, as_small_docx(parts_of(content, in_file)))
    )
    ((kind, _, n_page, n_part, different),) = parts(workspace)
    assert (kind, different) == ("twin", 0)
    assert (n_page > n_part) == (fuller == "page")
    assert current(workspace) == [(PAGE if fuller == "page" else FILE,)]
    assert rows(workspace, "SELECT count(*) FROM out_panel") == [(1,)]


def test_files_that_are_no_report(tmp_path, content):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000
    notice = as_small_docx(["关于做好2022年政府信息公开工作年度报告编制发布工作的通知", "请于1月15日前报送。"])
    broken = as_small_docx(parts_of(content))[:500]
    links = [("/f/a.doc", "年报.doc"), ("/f/b.docx", "通知"), ("/f/c.docx", "年报")]
    workspace = crawled(
        tmp_path, report_page(content, None, links), ("/f/a.doc", ole), ("/f/b.docx", notice), ("/f/c.docx", broken)
    )
    assert parts(workspace) == [("other", url, 200, 0, 0) for url, _ in links]
    assert current(workspace) == [(PAGE,)]
    assert rows(workspace, "SELECT status, agency FROM core_reports WHERE url LIKE '%/f/%'") == [("rejected", None)] * 3


def test_a_changed_page_leads_to_its_files_of_now(tmp_path, content):
    """The state of the page that was seen last is the one whose files these are."""
    twin = as_small_docx(parts_of(content))
    workspace = crawled(tmp_path, report_page(content, None, [(FILE, "下载")]), (FILE, twin))
    new = altered(content)
    write_crawl(
        workspace.archive, "site", "2023-04-01", got(PAGE, report_page(new, None, [(FILE, "下载")]), via=f"{HOST}/nb/"),
        got(FILE, twin, via=HOST + PAGE),
    )  # fmt: skip
    bring_up(workspace)
    assert parts(workspace) == [("twin", FILE, 200, 200, 2)]
    ((page,),) = rows(
        workspace, "SELECT r.is_current FROM core_report_parts p JOIN core_reports r USING (source, report_id)"
    )
    assert page is True


def test_loading_again_changes_nothing(tmp_path, content):
    bare = as_small_docx(list(official_tables(content).values()))
    links = [(FILE, "下载"), ("/files/b.docx", "表格")]
    workspace = crawled(
        tmp_path,
        report_page(content, None, links),
        (FILE, as_small_docx(parts_of(altered(content)))),
        ("/files/b.docx", bare),
    )
    before = dump(workspace.warehouse)
    assert before["core_report_parts"]
    for _ in range(2):
        workspace.warehouse.load_sources(workspace.lake, ["site"])
        workspace.warehouse.refresh(["out_panel"])
    assert dump(workspace.warehouse) == before
    # Another source beside it: what was linked here stays as it is.
    other = content_of("青岚市民政局", 2022)
    workspace.archive.put("another", [("file:a.html", report_page(other))])
    bring_up(workspace, "another")
    after = dump(workspace.warehouse)
    for name in ("core_report_parts", "core_findings", "core_reports"):
        assert [row for row in after[name] if row.startswith("('site'")] == before[name], name


def test_parts_of_a_crawled_site(tmp_path):
    """All kinds of reports of a site: each organ and year has one row, of the file that has its tables."""
    with Simulator(families=["static"], organs=6, years=(2021, 2022)) as simulator:
        site = simulator.sites["static"]
        source = source_of(site)
        workspace = workspace_of(tmp_path, source)
        (result,) = crawl(tmp_path, source).values()
        assert result.is_complete
        bring_up(workspace)
        found = {(a, y): url for a, y, url in rows(workspace, "SELECT agency, year, url FROM out_panel")}
        assert len(found) == rows(workspace, "SELECT count(*) FROM out_panel")[0][0]
        holders = {(d.organ, d.year): d for d in site.documents if d.values and d.kind in ("report", "attachment")}
        assert found == {key: d.url for key, d in holders.items()}
        assert {d.kind for d in holders.values()} == {"report", "attachment"}
        kinds = dict(rows(workspace, "SELECT kind, count(*) FROM core_report_parts GROUP BY kind"))
        documents = [d.kind for d in site.documents]
        framed = documents.count("viewer")  # a frame says nothing itself
        assert kinds == {"twin": documents.count("twin"), "tables": documents.count("attachment") - framed}
        assert rows(workspace, "SELECT DISTINCT n_different FROM core_report_parts") == [(0,)]
        assert rows(workspace, "SELECT sum(n_candidates) = count(*) FROM out_panel") == [(True,)]
