"""Start page, coverage, organs and charts: what they say against the release, and against figures known by hand."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from explorer_site import made_up_site
from lxml import html

from pipeline.explorer.charts import Bar, draw_bars

FINANCE, WRONG, NARRATIVE, OF_2014 = "江苏省淮安市财政局", "白榆县财政局", "石渡县人民政府", "松岭区人民政府"
OUTCOMES_OF_338 = ["132", "23", "31", "98", "25", "23"]
"""Of the fixture of 2021, added up by hand from its content: granted, partly, 1+2+0+6+3+6+2+11, 89+6+3, 15+7+0+1+2, 10+1+12."""


def organ_id(explored, name):
    ((found,),) = explored.rows("SELECT agency_id FROM agencies WHERE name = ?", name)
    return found


def cells_of(page, label):
    """Text and address of each filled field of a row of the heat map, by its year."""
    years = [th.text_content() for th in page.xpath("//table[@class='heat']/thead//th")][1:]
    (row,) = page.xpath(f"//table[@class='heat']/tbody/tr[th/a[normalize-space()='{label}']]")
    found = {}
    for year, cell in zip(years, row.xpath("td"), strict=True):
        if cell.text_content().strip():
            found[year] = (cell.text_content().split()[0], (cell.xpath("a/@href") or [""])[0])
    return found


def figures_of(section):
    """The table behind the charts: a row a year."""
    return [[cell.text_content().strip() for cell in row] for row in section.xpath(".//details//tbody/tr")]


def sections(page):
    return {s.xpath("h3")[0].text.strip(): s for s in page.xpath("//section[contains(@class, 'charts')]")}


def links(page):
    return [href for href in page.xpath("//main//a/@href") if href.startswith("/")]


def test_the_start_page_counts_what_the_release_holds(explored):
    page = explored.page("/")
    shown = [dd.text_content().strip() for dd in page.xpath("//dl[@class='figures']//dd")]
    ((organs, reports, values, inferred, failed),) = explored.rows(
        """SELECT (SELECT count(DISTINCT agency_id) FROM reports), (SELECT count(*) FROM reports),
                  (SELECT count(*) FROM "values"), (SELECT sum(is_inferred) FROM "values"),
                  (SELECT sum(verdict = 'fail') FROM findings)"""
    )
    assert (organs, reports, failed) == (9, 10, 2)  # 白榆县财政局 has two reports; a wrong total breaks two identities
    assert inferred > 0
    assert shown == ["9", "10", "2011–2022", f"{values:,}", f"{inferred:,}", "2"]
    assert explored.rows("SELECT min(year), max(year) FROM reports") == [(2011, 2022)]
    assert "每个数字都能回到原文中的位置" in page.text_content()


def test_every_report_in_use_is_one_click_away(explored):
    page = explored.page("/")
    shown = set(page.xpath("//table[@class='heat']//td/a/@href"))
    used = explored.rows("SELECT source, report_id FROM panel")
    assert len(used) == 9
    assert shown == {f"/report/{source}/{report}" for source, report in used}


def test_a_field_says_how_far_the_report_came(explored):
    page = explored.page("/")
    said = {
        name: {year: text for year, (text, _) in cells_of(page, name).items()}
        for name in (FINANCE, WRONG, NARRATIVE, OF_2014)
    }
    assert said == {FINANCE: {"2022": "✓"}, WRONG: {"2019": "≠"}, NARRATIVE: {"2011": "○"}, OF_2014: {"2016": "✓"}}
    (cell,) = page.xpath(f"//tr[th/a='{FINANCE}']//td/a")
    assert cell.text_content().split() == ["✓", "01-22"]  # printed: 2023-01-22
    assert "published on 2023-01-22" in cell.get("title")
    legend = page.xpath("//ul[@class='legend']")[0].text_content()
    assert "read, its tables do not add up" in legend


def test_own_figures_and_aggregates_are_never_added(explored):
    drawn = sections(explored.page("/coverage?province=江苏省"))
    own = figures_of(drawn["Own figures, organs of every level"])
    # 30 new requests in each of four reports: of 2019 one, of 2022 three, whose 11 granted and so on are thrice these.
    assert own == [
        ["2019", "1", "30", "1", "11", "2", "7", "7", "1", "1"],
        ["2022", "3", "90", "3", "33", "6", "21", "21", "3", "3"],
    ]
    (aggregate,) = (s for title, s in drawn.items() if title.startswith("Aggregates"))
    assert figures_of(aggregate) == [["2022", "1", "338", "1", *OUTCOMES_OF_338]]


def test_a_wrong_total_is_added_as_published(explored):
    own = figures_of(sections(explored.page("/"))["Own figures, organs of every level"])
    of_2019 = next(row for row in own if row[0] == "2019")
    assert of_2019[:5] == ["2019", "2", "60", "2", "23"]  # 11 and, where it is printed wrong, 12


def test_charts_say_of_how_many_organs(explored):
    section = sections(explored.page("/coverage?province=江苏省"))["Own figures, organs of every level"]
    requests, outcomes = section.xpath(".//svg")
    texts = [t.text for t in requests.xpath(".//text")]
    assert texts[-1] == "organs"
    assert texts[texts.index("90") :][:3] == ["90", "2022", "3"]
    titles = [t.text for t in outcomes.xpath(".//rect/title")]
    assert "2022 denied: 21" in titles
    assert "more reports read are no rise in requests" in section.text_content()


def test_the_form_of_2014_is_in_no_chart(explored):
    page = explored.page(f"/organ/{organ_id(explored, OF_2014)}")
    assert not page.xpath("//svg")
    assert explored.rows("SELECT stat_requests FROM panel_2014") == [(47.0,)]
    table = page.xpath("//table[contains(@class, 'years')]")[0].text_content()
    assert "2014" in table
    assert "47" not in table


def test_an_organ_shows_every_report_and_which_is_used(explored):
    page = explored.page(f"/organ/{organ_id(explored, WRONG)}")
    rows = page.xpath("//table[contains(@class, 'years')]/tbody/tr")
    said = [re.sub(r"\s+", " ", row.text_content()) for row in rows]
    assert len(rows) == 2
    assert "report in use" in said[0]
    assert "another copy or version" in said[1]
    used = explored.rows("SELECT source, report_id FROM panel WHERE agency_id = ?", organ_id(explored, WRONG))
    assert rows[0].xpath("td/a/@href")[0] == f"/report/{used[0][0]}/{used[0][1]}"
    failed = page.xpath("//h2[@id='failed']/following-sibling::div[1]//tbody/tr")
    assert [[c.text_content() for c in row][1:5] for row in failed] == [
        ["applications.outcome_sum", "total", "30", "29"],
        ["applications.row_sum", "granted", "11", "12"],
    ]


def test_a_number_of_an_organ_leads_to_its_cell(explored):
    organ = organ_id(explored, FINANCE)
    page = explored.page(f"/organ/{organ}")
    (link,) = page.xpath("//table[contains(@class, 'years')]//td[@class='n']/a")
    assert link.text == "30"
    path, _, anchor = link.get("href").partition("#o")
    warehouse = explored.datasette.nianbao.warehouse
    source, report = path.split("/")[-2:]
    found = warehouse.query(
        "SELECT table_code, row_code, column_code, value FROM core_observations "
        "WHERE source = $1 AND report_id = $2 AND seq = $3",
        [source, report, int(anchor)],
    ).fetchall()
    assert found == [("applications", "received_new", "total", 30.0)]


def test_an_organ_names_those_above_and_below_it(explored):
    above = organ_id(explored, "江苏省淮安市人民政府")
    page = explored.page(f"/organ/{above}")
    below = {a.text for a in page.xpath("//h2[contains(., 'below')]/following-sibling::ul[1]//a")}
    assert FINANCE in below
    assert f"/organ/{above}" in links(explored.page(f"/organ/{organ_id(explored, FINANCE)}"))
    assert "320800" in page.text_content()
    ((province,),) = explored.rows("SELECT agency_id FROM agencies WHERE name = '江苏省人民政府'")
    assert "No report of its own" in explored.page(f"/organ/{province}").text_content()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/organ/org_none", "no organ 'org_none'"),
        ("/organ/%3Cscript%3E", "no organ"),
        ("/coverage?year=soon", "year is a number"),
        ("/coverage?year=1066", "no report year 1066"),
        ("/coverage?year=99999999999999999999", "year is a number"),
        ("/coverage?page=-1", "page is a number"),
        ("/coverage?page=7", "no page 7"),
        ("/coverage?province=蜀国", "no organ there"),
        ("/coverage?province=江苏省&prefecture=-%27", "no organ there"),
        ("/nothing", ""),
    ],
)
def test_what_is_not_there_is_told(explored, path, said):
    answer = explored.get(path)
    if answer.status_code == 302:  # Datasette tries another way to write what is written with %
        answer = explored.get(answer.headers["location"])
    assert answer.status_code == 404
    assert said in html.fromstring(answer.text).text_content()
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("财政局", {FINANCE, "江苏省淮安市洪泽区财政局", WRONG}),
        ("淮安市教育局", {"江苏省淮安市教育局"}),
        ("%", set()),
        ("_", set()),
        ("\\", set()),
        ("' OR 1=1 --", set()),
        ("<script>alert(1)</script>", set()),
    ],
)
def test_organs_are_found_by_part_of_a_name(explored, part, found):
    answer = explored.get("/coverage?organ=" + "".join(f"%{b:02x}" for b in part.encode()))
    assert answer.status_code == 200
    page = html.fromstring(answer.text)
    assert {a.text for a in page.xpath("//table[@class='heat']//th/a")} == found
    assert ("No organ of the release is called so" in page.text_content()) is (not found)
    assert "<script" not in answer.text
    assert page.xpath("//input[@id='organ']/@value") == [part.strip()]


def test_pages_keep_to_themselves(explored):
    """No script, no style in the page, nothing from elsewhere, and every link of ours leads somewhere."""
    organ = organ_id(explored, FINANCE)
    seen = set()
    for path in ("/", "/coverage", "/coverage?province=江苏省&year=2022", f"/organ/{organ}", "/coverage?province=-"):
        answer = explored.get(path)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert not re.search(r"<script|\sstyle=|<style|\son\w+=", answer.text)
        page = html.fromstring(answer.text)
        assert all(not a.startswith(("http", "//")) for a in page.xpath("//@src | //@href | //@action"))
        assert len(page.xpath("//h1")) == 1
        for field in page.xpath("//input[@type='search']"):
            assert field.get("aria-label") or page.xpath(f"//label[@for='{field.get('id')}']")
        seen.update(href.partition("#")[0] for href in links(page))
        for sheet in page.xpath("//link[@rel='stylesheet']/@href"):
            assert explored.get(sheet).status_code == 200
    assert len(seen) > 40
    broken = [path for path in sorted(seen) if explored.get(path).status_code != 200]
    assert not broken


class Balance(HTMLParser):
    """Tags that are opened and never closed, or closed and never opened."""

    VOID = ("meta", "link", "input", "br", "line")

    def __init__(self):
        super().__init__()
        self.open, self.wrong = [], []

    def handle_starttag(self, tag, attrs):  # noqa: ARG002
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append((tag, self.getpos()))


@pytest.mark.parametrize("path", ["/", "/coverage?province=江苏省", "/coverage?year=2022", "/coverage?organ=财政局"])
def test_pages_are_whole(explored, path):
    parser = Balance()
    parser.feed(explored.get(path).text)
    assert not parser.wrong
    assert not parser.open


def test_many_organs_have_a_row_a_province(wide_site):
    page = wide_site.page("/")
    rows = page.xpath("//table[@class='heat']/tbody/tr")
    organs = wide_site.rows("SELECT coalesce(province, '-'), count(*) FROM agencies GROUP BY 1")
    assert len(rows) == len(organs) == 32
    assert rows[-1].xpath("th/a")[0].text == "Place not known 地区不明"
    text, href = cells_of(page, "省07")["2023"]
    ((read, known),) = wide_site.rows(
        "SELECT sum(parsed), count(*) FROM coverage WHERE year = 2023 AND agency_id IN "
        "(SELECT agency_id FROM agencies WHERE province = '省07')"
    )
    assert text == f"{read}/{known}"
    assert 0 < read < known
    listed = wide_site.page(href)
    shown = {a.text for a in listed.xpath("//table[contains(@class, 'year')]/tbody//th/a")}
    assert shown == {name for (name,) in wide_site.rows("SELECT name FROM agencies WHERE province = '省07'")}


def test_a_number_is_three_clicks_away_among_many(wide_site):
    """The third click, on the number of the report's page, is not of these pages."""
    first = [href for _, href in cells_of(wide_site.page("/"), "省07").values()]
    second = [href for path in first for href in links(wide_site.page(path)) if re.search(r"/report/.*#o\d+$", href)]
    organs = wide_site.rows(
        "SELECT count(*) FROM panel WHERE agency_id IN (SELECT agency_id FROM agencies WHERE province = '省07')"
    )
    assert len(set(second)) == organs[0][0] > 0


def test_a_province_is_narrowed_to_its_prefectures_and_their_organs(wide_site):
    assert wide_site.rows("SELECT count(*) FROM agencies WHERE province IS NULL") == [(10,)]
    unplaced = wide_site.page("/coverage?province=-")
    assert len(unplaced.xpath("//table[@class='heat']/tbody/tr")) == 10
    few = wide_site.page("/coverage?province=省07&prefecture=市07-01")
    names = {name for (name,) in wide_site.rows("SELECT name FROM agencies WHERE prefecture = '市07-01'")}
    assert {a.text for a in few.xpath("//table[@class='heat']//th/a")} == names


def test_states_and_lateness_are_those_of_the_ledger(wide_site):
    found = wide_site.rows(
        "SELECT a.name, l.state, l.days_late_stated FROM ledger l JOIN agencies a USING (agency_id) "
        "WHERE l.year = 2023 AND a.province = '省07'"
    )
    page = wide_site.page("/coverage?province=省07")
    late = {name: days for name, _, days in found if days > 0}
    assert late
    for name, _, days in found:
        (row,) = page.xpath(f"//table[@class='heat']/tbody/tr[th/a='{name}']")
        field = row.xpath("td")[1]  # newest first: 2024, 2023
        assert (f"{days} day" in field.text_content()) is (days > 0)


def test_organs_below_are_listed_or_linked(wide_site):
    above = "org_000000000003"
    children = {name for (name,) in wide_site.rows("SELECT name FROM agencies WHERE parent_id = ?", above)}
    listed = wide_site.page(f"/organ/{above}")
    assert {a.text for a in listed.xpath("//h2[contains(., 'below')]/following-sibling::ul[1]//a")} == children
    narrowed = wide_site.page(f"/coverage?above={above}")
    assert {a.text for a in narrowed.xpath("//table[@class='heat']//th/a")} == children
    assert "机关3" in narrowed.xpath("//h1")[0].text_content()


def test_many_organs_fill_pages(wide_site):
    first, second = (wide_site.page(f"/coverage?organ=机关&page={n}") for n in (1, 2))
    names = [[a.text for a in page.xpath("//table[@class='heat']//th/a")] for page in (first, second)]
    assert [len(n) for n in names] == [300, 100]
    assert len({*names[0], *names[1]}) == 400
    assert [unquote(a) for a in first.xpath("//nav[@aria-label='Pages']//a/@href")] == ["/coverage?organ=机关&page=2"]


def test_a_release_without_reports_says_so(tmp_path):
    explored = made_up_site(tmp_path, 0)
    page = explored.page("/")
    assert [dd.text_content().strip() for dd in page.xpath("//dl[@class='figures']//dd")] == [
        "0",
        "0",
        "none",
        "0",
        "0",
        "0",
    ]
    assert not page.xpath("//svg")
    for path in ("/", "/coverage"):
        assert "The release holds no report." in explored.page(path).text_content()
    assert "0 records" in explored.page("/nianbao/panel").text_content()


@pytest.mark.parametrize(
    ("scope", "level", "kind", "said"),
    [
        ("own", None, "government", "Own figures of organs of all levels"),
        ("aggregate", "county", "government", "Only organs of one level and type are added"),
        ("unknown", None, "department", "the figures of one may hold those of another"),
        ("unknown", None, "government", None),
        ("aggregate", None, "department", None),
        ("aggregate", None, None, None),
    ],
)
def test_what_may_hold_each_other_is_not_added(tmp_path, scope, level, kind, said):
    change = "UPDATE panel SET scope = ?, agency_level = ?, agency_type = ?"
    page = made_up_site(tmp_path, 3, (change, [scope, level, kind])).page("/")
    assert len(page.xpath("//svg")) == (2 if said else 0)
    assert (said or "Not drawn, and not to be added to others") in page.text_content()


def test_hostile_names_stay_words(tmp_path):
    hostile = """"><script>alert('1')</script>"""
    names = [(f"UPDATE agencies SET {column} = ?", [hostile]) for column in ("name", "province", "basis", "state")]
    names += [(f"UPDATE {t} SET {c} = ?", [hostile]) for t, c in (("panel", "scope"), ("panel_all", "form"))]
    names += [("UPDATE ledger SET found_at = ?, published_on = ?", [hostile, hostile])]
    names += [("UPDATE coverage SET source = ?", [hostile]), ("UPDATE findings SET identity = ?", [hostile])]
    explored = made_up_site(tmp_path, 3, *names)
    quoted = "".join(f"%{b:02x}" for b in hostile.encode())
    paths = ["/", "/coverage", f"/coverage?province={quoted}", f"/coverage?province={quoted}&year=2023"]
    for path in (*paths, "/organ/org_000000000000", "/nianbao/panel", "/nianbao/late", f"/coverage?above={quoted}"):
        answer = explored.get(path)
        assert answer.status_code in (200, 404), path
        assert "<script>alert" not in answer.text, path
    assert hostile in explored.page("/organ/org_000000000000").xpath("//h1")[0].text_content()


def test_a_bar_is_as_high_as_its_figure():
    drawn = html.fromstring(draw_bars([Bar("2022", (30.0, 10.0)), Bar("2023", (80.0, 0.0))], "t", ("a", "b"), "n"))
    heights = [float(rect.get("height")) for rect in drawn.xpath("//rect")]
    assert heights[0] == pytest.approx(3 * heights[1], rel=0.01)
    assert heights[2] == pytest.approx(2 * (heights[0] + heights[1]), rel=0.01)
    assert heights[3] == 0
    tops = [float(rect.get("y")) for rect in drawn.xpath("//rect")]
    assert tops[0] == pytest.approx(tops[1] + heights[1], abs=0.2)  # the second part stands on the first


def test_a_chart_of_nothing_and_hostile_words():
    assert "<rect" not in draw_bars([], "none", ("a",))
    drawn = draw_bars([Bar('"><script>', (1.0,), "<b>")], '"><script>', ("<i>",), "<u>")
    assert not re.search(r"<script|<b>|<i>|<u>", drawn)
