"""The page of a report: nothing of it left out, laid out as in the form, each number led to its source, each fault told."""

import asyncio
import re
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin

import duckdb
import pytest
from datasette.app import DatasetteClient
from lxml import html
from paths import REPORTS

from pipeline.explorer.app import build_app
from pipeline.explorer.context import Explorer
from pipeline.explorer.report.layout import lay_out
from pipeline.explorer.report.prose import find_words
from pipeline.explorer.report.rows import read_record
from pipeline.release.making import make_release
from pipeline.settings import Settings
from pipeline.warehouse import OUT_TABLES, Warehouse
from pipeline.workspace import Workspace

SITE = "http://www.example.gov.cn/"
MIRROR = "http://mirror.example.com/"
NAMES = (
    "2014-html.html", "2019-html.html", "2021-html.html", "narrative-html.html", "oddity-wrong-total.html",
    "oddity-wrong-review-sum.html", "oddity-twin-columns.html", "oddity-cumulative-column.txt",
    "oddity-prose-against-tables.html", "oddity-extra-rows-and-columns.html", "oddity-glued-digits.txt",
    "oddity-swapped-columns-missing-row.html", "oddity-mixed-form.html", "oddity-blanks-for-zeros.html",
    "oddity-no-tables.html", "oddity-two-reports.html", "reject-notice.html",
)  # fmt: skip
HOSTILE = f'{SITE}"><script>alert(3)</script>.html'
TWIN = b"<p>102</p>", b"<p>103</p>"
CHANGED = f"{SITE}changed.html"


def _water(**more: str) -> bytes:
    """The report of 2021 as another organ's, with some words changed."""
    text = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
    for plain, other in {"青澜市人民政府办公室": "青澜市水务局", "全市共受理": "全局共受理", **more}.items():
        assert plain in text
        text = text.replace(plain, other)
    return text.encode()


def _hostile() -> bytes:
    script = "&lt;script&gt;alert(1)&lt;/script&gt;"
    return _water(
        **{
            "青澜市水务局": "青澜市财政局",
            "青澜市财政局2022年政府信息公开工作年度报告</p>": f"青澜市财政局2022年政府信息公开工作年度报告{script}</p>",
            "<p>行政强制</p>": f"<p>{script}</p>",
            "<p>96</p>": "<p>96&lt;b&gt;&quot;onclick=alert(2)</p>",
            "抽查结果在全市通报": "&lt;img src=x onerror=alert(4)&gt;抽查结果在全市通报",
        }
    )


def _load(workspace: Workspace) -> None:
    workspace.load([workspace.stage_source(source) for source in workspace.archive.sources()])
    workspace.warehouse.refresh(OUT_TABLES, workspace.tell)


@dataclass(frozen=True)
class Pages:
    """The explorer over a data folder; `ids` are (source, report_id) by the address of the document and its ordinal."""

    data: Path
    release: Path
    warehouse: Warehouse
    ids: dict
    got: dict

    def get(self, path, **other):
        """A page as an answer; `other` are parts of the explorer that are something else."""
        if other or path not in self.got:
            datasette = build_app(Settings(data=self.data), self.release)
            datasette.nianbao = replace(datasette.nianbao, **other)
            answer = asyncio.run(DatasetteClient(datasette).get(path))
            if other:
                return answer
            self.got[path] = answer
        return self.got[path]

    def path(self, url, ordinal=0):
        return "/report/" + "/".join(self.ids[url, ordinal])

    def tree(self, url, ordinal=0, query="", **other):
        """The page of the report at an address."""
        answer = self.get(self.path(url, ordinal) + query, **other)
        assert answer.status_code == 200
        return html.fromstring(answer.text)

    def record(self, url, ordinal=0):
        return read_record(self.warehouse, *self.ids[url, ordinal])


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    data = tmp_path_factory.mktemp("explored")
    workspace = Workspace(Settings(data=data), tell=lambda _: None)
    documents = [(SITE + name, (REPORTS / name).read_bytes()) for name in NAMES]
    later = {"2022年": "2023年", "2023-01-18": "2024-01-18"}
    documents += [
        (CHANGED, _water()),
        (f"{SITE}next.html", _water(**later)),
        (
            f"{SITE}odd.html",
            _water(**{"青澜市水务局": "青澜市林业局", "（单位：万元）": "", "<p>4821</p>": "<p>/</p>"}),
        ),
        (f"{SITE}twin.html", (REPORTS / "oddity-twin-columns.html").read_bytes().replace(*TWIN)),
        (HOSTILE, _hostile()),
        (f"{MIRROR}hijacked.html", (REPORTS / "oddity-hijacked-mirror.html").read_bytes()),
    ]
    workspace.archive.put("site", documents)
    _load(workspace)
    released = workspace.settings.release
    make_release(workspace.warehouse, released, tell=lambda _: None)
    # The site corrects a number behind the release's back.
    changed = {"<p>305</p>": "<p>306</p>", "<p>338</p>": "<p>339</p>"}
    workspace.archive.put("site", [(CHANGED, _water(**changed))])
    _load(workspace)
    rows = workspace.warehouse.query(
        "SELECT r.url, r.ordinal, r.source, r.report_id FROM core_reports r"
        " JOIN raw_documents d USING (source, sha256) ORDER BY d.first_seen_at"
    ).fetchall()
    ids = {(url, ordinal): (source, report_id) for url, ordinal, source, report_id in rows}
    first = next((source, report_id) for url, _, source, report_id in rows if url == CHANGED)
    return Pages(data, released, workspace.warehouse, {**ids, ("first", 0): first}, {})


def _text(element) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


def _printed(tree, seq) -> str:
    (link,) = tree.xpath(f"//*[@id='o{seq}']")
    return link.text_content()


def _seq(record, *cell, scope=None, basis="year"):
    """The observation of a cell: table, row, column."""
    (seq,) = [
        o["seq"]
        for o in record.observations
        if (o["table_code"], o["row_code"], o["column_code"]) == cell and (o["scope"], o["basis"]) == (scope, basis)
    ]
    return seq


def test_every_observation_and_fact_of_every_report_stands_on_its_page_once(pages):
    for url, ordinal in pages.ids:
        tree, record = pages.tree(url, ordinal), pages.record(url, ordinal)
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), url
        shown = {i for i in ids if re.fullmatch(r"[of]\d+", i)}
        assert shown == {f"o{o['seq']}" for o in record.observations} | {f"f{f['id']}" for f in record.facts}, url
        for o in record.observations:
            if o["raw"].strip() and "split_digits" not in o["flags"]:
                assert _printed(tree, o["seq"]) == o["raw"], (url, o)


def test_every_link_of_every_report_to_its_own_page_arrives(pages):
    for url, ordinal in pages.ids:
        tree = pages.tree(url, ordinal)
        ids = set(tree.xpath("//@id"))
        assert {a.removeprefix("#") for a in tree.xpath("//a/@href") if a.startswith("#")} <= ids, url


def _spans(rows):
    return [
        [
            (re.sub(r"\s", "", cell.text_content()), cell.get("rowspan", "1"), cell.get("colspan", "1"))
            for cell in row.iterchildren("td", "th")
        ]
        for row in rows
    ]


@pytest.mark.parametrize("name", ["2021-html.html", "2019-html.html"])
def test_tables_have_the_boxes_of_the_official_form(pages, name):
    tree = pages.tree(SITE + name)
    for small in tree.xpath("//table//small"):
        small.drop_tree()  # units and remarks of our own
    source = html.fromstring((REPORTS / name).read_text(encoding="utf-8"))
    ours = [_spans(table.iter("tr")) for table in tree.find_class("form")]
    theirs = [_spans(table.iter("tr")) for table in source.xpath("//table[@border]")]
    assert len(ours) == 3
    assert [[[box[:2] for box in row] for row in table] for table in ours] == [
        [[box[:2] for box in row] for row in table] for table in theirs
    ]
    # In table two of 2019 copies share out the width of two columns among three each in its own way.
    assert ours[name.startswith("2019") :] == theirs[name.startswith("2019") :]


def test_a_list_keeps_its_headings_its_depth_and_its_units(pages):
    tree = pages.tree(f"{SITE}2014-html.html")
    (table,) = tree.find_class("list")
    lines = [[_text(cell) for cell in row] for row in table.iter("tr")]
    assert lines[1] == ["一、主动公开情况"]
    assert lines[2][:2] == ["（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "条"]
    depths = {row[0].text_content(): row[0].get("class") for row in table.iter("tr")}
    assert depths["三、依申请公开情况"] == "d0"
    assert depths["1.当面申请数"] == "d2"


def test_columns_of_several_scopes_and_times_stand_side_by_side(pages):
    twin, record = pages.tree(f"{SITE}oddity-twin-columns.html"), pages.record(f"{SITE}oddity-twin-columns.html")
    (row,) = [r for r in twin.iter("tr") if r[0].text_content() == "（一）收到申请数"]
    assert [_text(cell) for cell in row[1:]] == ["件", "47", "102"]
    assert _printed(twin, _seq(record, "statistics", "requests.total", "value", scope="aggregate")) == "102"
    heads = [_text(cell) for cell in twin.find_class("list")[0].find("tr")]
    assert "own figures" in heads[2]
    assert "all below it" in heads[3]
    both = pages.tree(f"{SITE}oddity-cumulative-column.txt")
    heads = [_text(cell) for cell in both.find_class("list")[0].find("tr")]
    assert len(heads) == 4
    assert any("历年累计" in head for head in heads)


def test_a_number_leads_to_its_place_in_the_frame(pages):
    tree, record = pages.tree(f"{SITE}2021-html.html"), pages.record(f"{SITE}2021-html.html")
    seq = _seq(record, "applications", "received_new", "natural_person")
    (link,) = tree.xpath(f"//a[@id='o{seq}']")
    report_id = record.report["report_id"]
    assert (link.get("href"), link.get("target"), link.text) == (f"{report_id}/source#o{seq}", "source", "305")
    (frame,) = tree.iter("iframe")
    assert frame.get("name") == "source"
    assert frame.get("src") == f"{report_id}/source"
    assert frame.get("sandbox") == "allow-top-navigation-by-user-activation"
    assert frame.get("title")


def test_a_number_without_a_unit_is_told_from_those_that_have_the_tables(pages):
    (fees,) = [r for r in pages.tree(f"{SITE}odd.html").iter("tr") if _text(r).startswith("行政事业性收费")]
    assert _text(fees[1]) == "1830.45 no unit stated"
    tree = pages.tree(f"{SITE}2021-html.html")
    (fees,) = [r for r in tree.iter("tr") if _text(r).startswith("行政事业性收费")]
    assert _text(fees[1]) == "1830.45 万元"
    assert "In 件, by convention of the form, where nothing else stands." in _text(tree)


def test_without_an_archive_nothing_leads_to_a_source(pages):
    tree = pages.tree(f"{SITE}2021-html.html", archive=None)
    assert not tree.xpath("//iframe | //a[@target]")
    assert tree.xpath("//a[starts-with(@id, 'o')]")


def test_a_failed_sum_is_written_out_with_its_suspect(pages):
    url = f"{SITE}oddity-wrong-total.html"
    tree, record = pages.tree(url), pages.record(url)
    row, outcomes = tree.find_class("failed")[0].findall("li")
    for label in row.xpath(".//small"):
        label.drop_tree()
    (line,) = row.find_class("sum")
    assert re.sub(r"\s", "", line.text_content()) == "9+1+0+0+1+0=11≠12"
    places = [link.get("href")[1:] for link in line.iter("a")]
    assert [_printed(tree, place[1:]) for place in places] == ["9", "1", "0", "0", "1", "0", "12"]
    assert "30≠29" in re.sub(r"\s", "", outcomes.text_content())
    (why,) = tree.find_class("failed-why")
    assert "（一）予以公开 · 总计, printed 12. With 11 all would hold; the published value stays." in _text(why)
    total = _seq(record, "applications", "granted", "total")
    (cell,) = tree.find_class("suspect")
    assert cell.xpath(f".//a[@id='o{total}']")
    assert "11?" in cell.text_content()
    part = tree.xpath(f"//td[a[@id='o{total - 1}']]")[0]
    assert part.get("class") == "wrong"
    assert part.xpath("a[starts-with(@href, '#c')]/text()") == ["≠"]


def test_a_failure_marks_the_value_column_it_is_in(pages):
    tree = pages.tree(f"{SITE}twin.html")
    (row,) = [r for r in tree.iter("tr") if r[0].text_content() == "（一）收到申请数"]
    assert [_text(cell) for cell in row[2:]] == ["47", "103 ≠"]
    (check,) = tree.find_class("failed")[0].findall("li")
    assert "Figures of the organ and all below it" in _text(check)
    assert "30" in _text(check.find_class("sum")[0])  # 11 in the other column


def test_a_cell_that_is_printed_twice_shows_both(pages, tmp_path):
    url = f"{SITE}2021-html.html"
    seq = _seq(pages.record(url), "applications", "granted", "total")
    other = _changed(
        pages,
        tmp_path,
        "INSERT INTO core_observations SELECT * REPLACE (900 AS seq, '131' AS raw, 131 AS value,"
        """ '["conflicting_cell"]' AS flags) FROM core_observations WHERE report_id = $1 AND seq = $2""",
        [pages.record(url).report["report_id"], seq],
    )
    tree = pages.tree(url, warehouse=other)
    (cell,) = tree.xpath(f"//td[a[@id='o{seq}']]")
    assert [link.text for link in cell.xpath("a[@id]")] == ["132", "131"]
    assert "printed more than once, with different values" in _text(tree)


def _changed(pages, tmp_path, statement, parameters):
    """The warehouse as a file of its own, changed by hand."""
    other = Warehouse(tmp_path / "other.duckdb")
    shutil.copyfile(pages.warehouse.path, other.path)
    with duckdb.connect(str(other.path)) as connection:
        connection.execute(statement, parameters)
    return other


def test_sums_that_hold_are_counted_and_folded(pages):
    tree = pages.tree(f"{SITE}oddity-wrong-review-sum.html")
    summaries = [_text(s) for s in tree.xpath("//details[not(@open)]/summary")]
    assert "✓ 37 sums hold" in summaries
    assert "✓ 2 sums hold" in summaries
    assert len(tree.xpath("//ul[@class='failed']/li")) == 1


def test_what_decides_nothing_says_why(pages):
    tree = pages.tree(f"{SITE}oddity-blanks-for-zeros.html")
    text = _text(tree)
    assert "uncertain (a cell is blank or unreadable)" in text
    assert "blanks are read as zeros" in text
    tree = pages.tree(f"{SITE}oddity-swapped-columns-missing-row.html")
    assert "not assessable (a cell of the sum is not in the report)" in _text(tree)


def test_blank_missing_unreadable_and_zero_look_different(pages):
    tree, url = pages.tree(f"{SITE}oddity-blanks-for-zeros.html"), f"{SITE}oddity-blanks-for-zeros.html"
    kinds = {o["kind"]: o["seq"] for o in pages.record(url).observations}
    (blank,) = tree.xpath(f"//a[@id='o{kinds['blank']}']")
    assert (blank.text, blank.get("class")) == ("blank", "k-blank")
    (row,) = [r for r in pages.tree(f"{SITE}odd.html").iter("tr") if _text(r).startswith("行政处罚")]
    assert _text(row[1]) == "/ not applicable"
    missing = pages.tree(f"{SITE}oddity-swapped-columns-missing-row.html")
    (row,) = [r for r in missing.iter("tr") if _text(r).startswith("3.要求提供公开出版物")]
    assert [(_text(cell), cell.get("colspan")) for cell in row[1:]] == [("not in the report", "7")]
    glued = pages.tree(f"{SITE}oddity-glued-digits.txt")
    unreadable = glued.xpath("//a[contains(@class, 'k-unreadable')]")
    assert {"12增2340", "20-148"} <= {a.text for a in unreadable}
    assert "unreadable" in _text(unreadable[0].getparent())


def test_flags_are_letters_that_a_legend_explains(pages):
    tree = pages.tree(f"{SITE}oddity-glued-digits.txt")
    record = pages.record(f"{SITE}oddity-glued-digits.txt")
    seq = _seq(record, "applications", "received_new", "natural_person")
    (cell,) = tree.xpath(f"//td[a[@id='o{seq}']]")
    assert _text(cell) == "24a of 243012030"
    legend = {_text(entry[0]): _text(entry[1]) for entry in tree.xpath("//dl[@class='legend']/div")}
    assert legend["a split digits"] == "one run of digits was cut into the values of several cells"


def test_what_has_no_box_in_the_form_stands_below_with_its_labels(pages):
    tree = pages.tree(f"{SITE}oddity-extra-rows-and-columns.html")
    rows = [[_text(cell) for cell in row] for row in tree.find_class("extras")[0].iter("tr")]
    assert ["一、本年新收政府信息公开申请数量", "小计", "33", "–"] in rows
    assert ["小计", "自然人", "28 件", "–"] in rows
    mixed = pages.tree(f"{SITE}oddity-mixed-form.html")
    assert any("（六）其他处理" in _text(row[3]) for row in mixed.find_class("extras")[0].iter("tr"))


def test_tables_that_a_report_has_not_are_named(pages):
    text = _text(pages.tree(f"{SITE}oddity-no-tables.html"))
    assert text.count("This table is not in the report.") == 3


def test_prose_and_table_that_disagree_lead_to_each_other(pages):
    url = f"{SITE}oddity-prose-against-tables.html"
    tree, record = pages.tree(url), pages.record(url)
    cell = _seq(record, "applications", "received_new", "total")
    (fact,) = [f["id"] for f in record.facts if f["number_text"] == "28"]
    (check,) = [c for c in tree.xpath("//section[@id='checks']//ul[@class='failed']/li") if "收到政府" in _text(c)]
    assert [a.get("href") for a in check.iter("a")] == [f"#o{cell}", f"#f{fact}"]
    mark = tree.xpath(f"//td[a[@id='o{cell}']]/a[@class='bad']")[0]
    assert (mark.text, mark.get("href")) == ("≠ prose", f"#{check.get('id')}")
    assert tree.xpath(f"//a[@id='f{fact}']/following-sibling::a[1]/@href") == [f"#{check.get('id')}"]


def test_prose_underlines_numbers_and_tells_what_they_count(pages):
    tree, record = pages.tree(f"{SITE}2021-html.html"), pages.record(f"{SITE}2021-html.html")
    (fact,) = [f for f in record.facts if f["number_text"] == "338"]
    (link,) = tree.xpath(f"//a[@id='f{fact['id']}']")
    assert (link.text, link.get("href")) == ("338", f"{record.report['report_id']}/source#f{fact['id']}")
    section = tree.xpath("//h3[@id='s1']/following-sibling::div[1]")[0]
    assert "全市共受理政府信息公开申请338件，加上结转的13件" in _text(section)
    described = [_text(entry) for entry in tree.find_class("facts")[0].iter("li")]
    assert any(entry.startswith("338 件 受理政府信息公开申请") and "states" in entry for entry in described)


def test_prose_is_the_printed_prose(pages):
    for url, ordinal in pages.ids:
        tree, record = pages.tree(url, ordinal), pages.record(url, ordinal)
        for section in record.sections:
            lines = [line for line in section["text_raw"].split("\n") if line]
            boxes = tree.xpath(f"//h3[@id='s{section['ordinal']}']/following-sibling::*[1][@class='prose']")
            for note in (n for box in boxes for n in box.xpath(".//ins | .//a[@class='bad']")):
                note.drop_tree()
            assert [p.text_content() for box in boxes for p in box.iter("p")] == lines, url


def test_mended_text_is_shown_as_found_and_as_read(pages):
    tree = pages.tree(f"{MIRROR}hijacked.html")
    (line,) = [p for p in tree.xpath("//div[@class='prose']/p") if "收到政府信息公开申请" in p.text_content()]
    assert [e.text_content() for e in line.iter("del", "ins")] == ["３０", "30"]
    rows = [[_text(cell) for cell in row] for row in tree.xpath("//section[@id='mended']//tr")][1:]
    assert len(rows) == 21
    assert ["injected advertising", "澳门银河:", "关于", "Overview, paragraph 8"] in rows
    assert "hijacked: a page whose words were tampered with" in _text(tree)
    assert tree.xpath("//p[@class='note']/a")


def test_searched_words_are_marked_whatever_their_width(pages):
    tree = pages.tree(f"{SITE}2021-html.html", query="?q=３３８件")
    assert [m.text_content() for m in tree.iter("mark")][1:] == ["338", "件"]
    assert not pages.tree(f"{SITE}2021-html.html").xpath("//mark")


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [("aXbx", "x", [(1, 2), (3, 4)]), ("㎡的", "m2", [(0, 1)]), ("公开", " ", []), ("公开", "开公", []), ("", "x", [])],
)
def test_words_are_found_where_they_stand(text, words, found):
    assert find_words(text, words) == found


def test_hostile_words_are_words(pages):
    answer = pages.get(pages.path(HOSTILE))
    tree = html.fromstring(answer.text)
    assert [s.get("src") for s in tree.iter("script")] == ["/assets/report.js"]
    assert not tree.xpath("//img | //@onclick | //@onerror | //@style | //style")
    assert "<script>alert(1)</script>" in _text(tree)
    assert "<img src=x onerror=alert(4)>抽查结果" in _text(tree)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    outside = tree.xpath("//a[starts-with(@href, 'http')]")
    assert [a.get("rel") for a in outside] == ["noreferrer noopener"]
    answer = pages.get("/report/site/%3Cscript%3Ealert(5)%3C%2Fscript%3E")
    assert answer.status_code == 404
    assert "<code>&lt;script&gt;alert(5)&lt;/script&gt;</code>" in answer.text


def test_versions_are_compared_cell_by_cell(pages):
    now, first = pages.tree(CHANGED), pages.tree("first")
    record, before = pages.record(CHANGED), pages.record("first")
    rows = [[_text(c) for c in row] for row in now.xpath("//section[@id='versions']//table//tr")][1:]
    assert [row[1:] for row in rows] == [["305", "306"], ["338", "339"]]
    assert "自然人" in rows[0][0]
    links = now.xpath("//section[@id='versions']//table//a/@href")
    old, new = (
        _seq(before, "applications", "received_new", "natural_person"),
        _seq(record, "applications", "received_new", "natural_person"),
    )
    assert links[:2] == [f"{pages.path('first')}#o{old}", f"{pages.path(CHANGED)}#o{new}"]
    assert _printed(first, old) == "305"
    assert pages.path(CHANGED) in first.xpath("//section[@id='versions']//h3/a/@href")
    assert pages.path(CHANGED) in first.xpath("//p[@class='note']/a/@href")  # what is in use now


def test_what_the_release_says_otherwise_is_told_at_the_top(pages, tmp_path):
    tree = pages.tree(CHANGED)
    assert "The release does not have this report" in _text(tree)
    record = pages.record(f"{SITE}next.html")
    seq = _seq(record, "applications", "received_new", "natural_person")
    other = _changed(
        pages,
        tmp_path,
        "UPDATE core_observations SET value = 4800, raw = '4800' WHERE report_id = $1 AND seq = $2",
        [record.report["report_id"], seq],
    )
    plain = pages.tree(f"{SITE}next.html")
    moved = pages.tree(f"{SITE}next.html", warehouse=other)
    assert "The release says otherwise" not in _text(plain)
    ((label, released, now),) = [[_text(cell) for cell in row] for row in moved.xpath("//div[@class='note']//tr[td]")]
    assert now == "4800"
    assert released == _printed(plain, seq)
    assert "equests received" in label


def test_figures_that_the_year_before_contradicts_lead_to_its_report(pages):
    tree, record = pages.tree(f"{SITE}next.html"), pages.record(f"{SITE}next.html")
    seq = _seq(record, "applications", "carried_in", "natural_person")
    (check,) = [
        c for c in tree.xpath("//section[@id='checks']//ul[@class='failed']/li") if f"#o{seq}" in c.xpath(".//a/@href")
    ]
    assert check.xpath(".//div//a/text()") == ["16", "12"]  # carried over, carried in
    over = _seq(pages.record(CHANGED), "applications", "carried_out", "natural_person")
    assert urljoin(pages.path(f"{SITE}next.html"), check.xpath(".//a/@href")[0]) == f"{pages.path(CHANGED)}#o{over}"
    assert pages.path(CHANGED) in check.xpath(".//a/@href")
    (force,) = [c for c in tree.xpath("//li") if "规章 · 现行有效件数" in _text(c) and c.get("class") == "check fail"]
    for label in force.xpath(".//small"):
        label.drop_tree()
    assert _text(force.find_class("sum")[0]) == "26 + 2 − 1 = 27 ≠ 26"
    assert tree.xpath(f"//td[a[@id='o{seq}']]/a[@class='bad']/text()") == ["≠ year before"]


def test_figures_of_a_report_without_tables_come_from_its_prose(pages):
    tree = pages.tree(f"{SITE}narrative-html.html")
    assert "Figures that the prose states" in _text(tree)
    rows = [[_text(cell) for cell in row] for row in tree.find_class("extras")[0].iter("tr")][1:]
    assert len(rows) == len(pages.record(f"{SITE}narrative-html.html").observations)
    assert all(len(row) == 3 and row[2] != "–" for row in rows)


def test_the_head_says_what_the_report_is(pages):
    tree = pages.tree(f"{SITE}2021-html.html")
    about = dict(zip(*[[_text(e) for e in tree.find_class("about")[0].iter(tag)] for tag in ("dt", "dd")], strict=True))
    assert about["Organ"] == "青澜市人民政府办公室"
    assert about["Form"] == "中华人民共和国政府信息公开工作年度报告格式 (2021, 国办公开办函〔2021〕30号)"
    assert "全市共受理政府信息公开申请338件" in about["Scope"]
    assert about["Published"] == "2023-01-18"
    assert about["Trust"] == "official: the organ's own site"
    assert tree.xpath("//dl[@class='about']//a[contains(@href, '/organ/')]")


def test_issues_are_listed_worst_first_with_their_words(pages):
    tree = pages.tree(f"{SITE}oddity-glued-digits.txt")
    issues = tree.xpath("//ul[@class='issues']/li")
    severities = [issue.get("class") for issue in issues]
    assert severities == sorted(severities, key=("error", "warning", "info").index)
    assert "12增2340" in _text(issues[0])
    assert "line 13" in _text(issues[0])


def test_a_document_that_is_no_report_says_why(pages):
    text = _text(pages.tree(f"{SITE}reject-notice.html"))
    assert "rejected: not an annual report" in text
    assert "not_an_annual_report" in text


def test_without_a_warehouse_the_release_tells_what_it_has(pages):
    # The release has the report that was in use when it was made.
    tree = pages.tree("first", warehouse=None, archive=None)
    rows = {_text(row[4]) + _text(row[3]): _text(row[1]) for row in tree.xpath("//table//tr[td]")}
    assert rows["自然人一、本年新收政府信息公开申请数量"] == "305"
    assert rows["本年收费金额（单位：万元）行政事业性收费"] == "18304500"
    assert "need the data folder" in _text(tree)
    assert not tree.xpath("//iframe")
    assert pages.get(pages.path(CHANGED), warehouse=None).status_code == 404


@pytest.mark.parametrize("path", ["/report/site/0000000000000000-0", "/report/nowhere/x", "/report/%E6%9F%90/%00"])
def test_an_unknown_report_is_told(pages, path):
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "No such report" in answer.text


def test_a_server_tells_the_same(pages, postgres, tmp_path):
    shutil.copytree(pages.data, tmp_path / "data")
    served = Workspace(Settings(data=tmp_path / "data", warehouse=postgres), tell=lambda _: None).warehouse
    served.serve(lambda _: None)
    for url in (CHANGED, f"{SITE}next.html", f"{MIRROR}hijacked.html"):
        assert pages.get(pages.path(url), warehouse=served).text == pages.get(pages.path(url)).text


def test_a_page_is_light_and_quick(pages):
    datasette = build_app(Settings(data=pages.data), pages.release)
    client = DatasetteClient(datasette)

    async def taken():
        start = time.perf_counter()
        answer = await client.get(pages.path(f"{SITE}2021-html.html"))
        return time.perf_counter() - start, len(answer.content)

    async def several():
        return [await taken() for _ in range(6)]

    answers = asyncio.run(several())
    assert min(seconds for seconds, _ in answers) < 0.2
    assert answers[0][1] < 60_000


@pytest.mark.parametrize(
    ("form", "table", "width"),
    [
        ("2014", "statistics", 2), ("2019", "proactive", 7), ("2019", "applications", 10), ("2021", "proactive", 4),
        ("2019", "review_litigation", 15), ("2021", "applications", 10), ("2021", "review_litigation", 15),
    ],
)  # fmt: skip
def test_the_boxes_of_a_form_fill_a_rectangle(form, table, width):
    taken: set[tuple[int, int]] = set()
    lines = lay_out(form, table)
    for y, line in enumerate(lines):
        x = 0
        for box in line:
            while (y, x) in taken:
                x += 1
            here = {(y + down, x + right) for down in range(box.rowspan) for right in range(box.colspan)}
            assert not taken & here
            taken |= here
    if table != "statistics":  # its headings stand alone on their lines
        assert taken == {(y, x) for y in range(len(lines)) for x in range(width)}


def test_a_table_that_a_form_has_not_is_named():
    with pytest.raises(KeyError, match="form 2021 has no table statistics"):
        lay_out("2021", "statistics")


def test_an_explorer_of_a_release_alone_has_neither_store():
    assert Explorer() == Explorer(None, None)
