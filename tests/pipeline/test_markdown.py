"""What reports say, in Markdown that a web page shows: read by a parser that is not ours."""

import unicodedata
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from markdown_it import MarkdownIt

from pipeline.figures import Failure
from pipeline.markdown import MOST_SHARES, escaped, failures_table, figures_table, plot_shares

EXPLORER = "http://127.0.0.1:8001"
HOSTILE = (
    "财政局](javascript:alert(1))", "财政局|水务局", "<img src=x onerror=alert(1)>", "![x](http://evil.example/t.gif)",
    "`财政局`", "**财政局**", "\\|财政局\\", "&lt;script&gt;&#106;", "财政局\n\n# 题\n|a|b|", "<http://evil.example>", "~~财政局~~", "1. 局", "- 局",
)  # fmt: skip


def rendered(text):
    """The page of a parser that lets HTML and any address pass: nothing but the escapes stands between."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.validateLink = lambda _: True
    return html.fromstring(parser.render(text))


def failure(agency="白榆县财政局", url="http://www.example.gov.cn/1.html", **more):
    fields = {
        "year": 2019, "identity": "applications.row_sum", "row_or_column": "granted", "left": 11.0, "right": 12.0,
        "suspect": None, "evidence": "seen", "source": "site", "report_id": "0123456789abcdef-0", "finding": 7,
    }  # fmt: skip
    return Failure(agency=agency, url=url, **(fields | more))


def cells(page):
    (row,) = page.xpath("//tbody/tr")
    return [cell.text_content() for cell in row.xpath("td")]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(name):
    page = rendered(failures_table([failure(name, row_or_column=name)], EXPLORER))
    assert cells(page) == [
        " ".join(name.split()), "2019", "11 ≠ 12", "", "applications.row_sum", " ".join(name.split()), "page"
    ]  # fmt: skip
    assert page.xpath("//@href") == [
        f"{EXPLORER}/report/site/0123456789abcdef-0#c7",
        "http://www.example.gov.cn/1.html",
    ]
    assert {element.tag for element in page.xpath("//table/descendant-or-self::*")} == {
        "table", "thead", "tbody", "tr", "th", "td", "a"
    }  # fmt: skip


@given(st.text(max_size=40))
def test_any_name_is_one_cell_of_text(name):
    page = rendered(figures_table(["organ", "n"], [(name, 1234)]))
    seen = "".join(sign for sign in " ".join(name.split()) if unicodedata.category(sign)[0] != "C")
    assert cells(page) == [seen.strip(), "1,234"]
    assert not page.xpath("//td/*")


def test_a_sign_that_is_not_seen_cannot_turn_a_name_round():
    assert escaped("财\u202e局\u200b\x00") == "财局"


@pytest.mark.parametrize(
    ("url", "hrefs", "shown"),
    [
        ("https://www.example.gov.cn/a b(1)|2.html?x=1&y=[2]", ["https://www.example.gov.cn/a%20b%281%29%7C2.html?x=1&y=%5B2%5D"], "page"),
        ("http://www.example.gov.cn/年报&copy;.html", ["http://www.example.gov.cn/%E5%B9%B4%E6%8A%A5&copy;.html"], "page"),
        ("javascript:alert(1)", [], "javascript:alert(1)"),
        ("data:text/html,<script>alert(1)</script>", [], "data:text/html,<script>alert(1)</script>"),
        ("file:oddity-wrong-total.html", [], "file:oddity-wrong-total.html"),
        ("http://[broken", [], "http://[broken"),
        (None, [], ""),
    ],
)  # fmt: skip
def test_only_an_address_of_the_web_is_linked(url, hrefs, shown):
    page = rendered(failures_table([failure(url=url)], ""))
    assert page.xpath("//@href") == hrefs
    assert cells(page)[-1] == shown


def test_what_would_repair_it():
    suspect = '{"cell": ["applications", "granted", "total"], "proposed": 11}'
    page = rendered(failures_table([failure(agency=None, year=None, suspect=suspect)], EXPLORER))
    assert cells(page)[:4] == ["organ not known", "", "11 ≠ 12", "granted total → 11"]


def test_a_long_table_says_how_much_is_left_out():
    text = figures_table(["year", "n"], [(year, 1) for year in range(1000)])
    assert len(rendered(text).xpath("//tbody/tr")) == 250
    assert text.endswith("and 750 rows more")


def points(shares):
    """The points of the line as (x, y), y downwards, and the text of the image."""
    page = rendered(plot_shares(shares))
    (src,) = page.xpath("//img/@src")
    svg = etree.fromstring(b64decode(src.removeprefix("data:image/svg+xml;base64,")))
    line = svg.findall("{*}path")[1].get("d").removeprefix("M")
    return [tuple(map(int, point.split())) for point in line.split("L")], page.xpath("string(//img/@alt)")


def test_a_plot_goes_from_zero_to_the_highest_share():
    found, said = points([0.0, 0.02, 0.01])
    assert [y for _, y in found] == [58, 14, 36]
    assert [x for x, _ in found] == sorted({x for x, _ in found})
    assert said == "1.00% of the checked identities fail, at most 2.00% in the last 3 runs"


def test_a_plot_of_one_run_and_of_none():
    assert points([0.0]) == ([(2, 58)], "0.00% of the checked identities fail")
    assert plot_shares([]) == "No identity could be checked yet."


@given(st.lists(st.floats(0, 1), min_size=1, max_size=2 * MOST_SHARES))
def test_a_plot_is_short_enough_to_be_shown_at_once(shares):
    assert len(plot_shares(shares)) < 1000
    assert len(points(shares)[0]) == min(len(shares), MOST_SHARES)
    assert all(14 <= y <= 58 for _, y in points(shares)[0])
