"""Numbers quoted from prose are found again by their characters, and never at a wrong place."""

import pytest

from pipeline.explorer.frame.marks import Mark, Marked, Observed, Quoted, Wanted, Words, figures, render
from pipeline.explorer.frame.quotes import find_paragraphs, find_quotes, mark_quotes


def quote(section, text, number, sentence=None, nth=0, mark="f0"):
    """A number of a section's text, with its sentence."""
    sentence = sentence or text
    first = text.index(sentence)
    start = -1
    for _ in range(nth + 1):
        start = text.index(number, max(start + 1, first))
    return Quoted((Mark(mark, number),), section, start, start + len(number), first, first + len(sentence))


def found(texts, sections, *quotes):
    """What stands at the places that are found, with the number of its text and where it begins there."""
    places = find_quotes(texts, Wanted((), quotes, sections))
    return [[(s.text, s.start, texts[s.text][s.start : s.end]) for s in spans] for spans in places]


def test_white_space_emphasis_and_widths_do_not_count():
    text = "全年共受理申请305件，办结300件。"
    texts = ["全年 共受理\n申请**３０５**件，", "办结　3 00件。"]
    assert found(texts, [text], quote(0, text, "305"), quote(0, text, "300")) == [
        [(0, 11, "３０５")],
        [(1, 3, "3 00")],
    ]


def test_a_sentence_that_stands_twice_is_quoted_twice_in_order():
    text = "收到行政复议0件。\n其他情况良好，予以说明。\n收到行政复议0件。"
    page = ["收到行政复议0件。", "其他情况良好，予以说明。", "收到行政复议0件。"]
    first, second = quote(0, text, "0"), quote(0, text, "0", nth=1)
    second = second._replace(sentence_start=text.rindex("收到"), sentence_end=len(text))
    assert found(page, [text], first, second) == [[(0, 6, "0")], [(2, 6, "0")]]


def test_the_later_of_two_reports_on_a_page_has_its_own_numbers():
    earlier = ["收到申请7件，均已答复。", "甲局没有收取费用，共0元。"]
    later = ["收到申请7件，均已答复。", "乙局没有收取费用，共0元。"]
    text = "\n".join(later)
    numbers = quote(0, text, "7", later[0]), quote(0, text, "0", later[1])
    assert found(earlier + later, [text], *numbers) == [[(2, 4, "7")], [(3, 10, "0")]]
    text = "\n".join(earlier)
    numbers = quote(0, text, "7", earlier[0]), quote(0, text, "0", earlier[1])
    assert found(earlier + later, [text], *numbers) == [[(0, 4, "7")], [(1, 10, "0")]]


def test_a_paragraph_torn_by_a_page_is_found_by_sentence_and_by_context():
    text = "全年主动公开政府信息1280条，通过网站公开960条。其中规范性文件36条，均已报备。"
    page = ["全年主动公开政府信息1280条，通过网站公开960条。其中规范", "— 3 —", "性文件36条，均已报备。"]
    first = "全年主动公开政府信息1280条，通过网站公开960条。"
    numbers = quote(0, text, "960", first), quote(0, text, "36", text[len(first) :])
    assert found(page, [text], *numbers) == [[(0, 22, "960")], [(2, 3, "36")]]


def test_what_might_stand_at_two_places_or_at_none_has_no_place():
    text = "在全市范围内共计收到有关政府信息公开的申请36件，均已按期办结。"
    torn = ["公开的申请36件，均已按期办结。", "公开的申请36件，均已按期办结。"]
    assert found(torn, [text], quote(0, text, "36")) == [[]]
    twice = "申请36件已办结。其余情况如下，分别说明。"
    torn = ["申请36件已办结。", "申请36件已办结。其余情", "— 3 —", "况如下，分别说明。"]
    assert found(torn, [twice], quote(0, twice, "36", "申请36件已办结。")) == [[]]
    assert found(["另一份报告，申请36件。"], [text], quote(0, text, "36")) == [[]]
    assert found([], [text], quote(0, text, "36")) == [[]]


def test_a_number_in_two_pieces_has_one_anchor_and_two_links():
    text = "共受理申请5500件。"
    tokens = ["<b>", Words("共受理申请5"), "</b>", Words("500件。")]
    mark_quotes(tokens, Wanted((), [quote(0, text, "5500")], [text]))
    html = render(tokens, lambda anchor: f"/r#{anchor}")
    assert html.count('id="f0"') == 1
    assert html.count('href="/r#f0"') == 2
    assert ">5</a></b>" in html
    assert ">500</a>件。" in html


def test_words_are_escaped_and_overlapping_marks_dropped():
    words = Words("a<b>&\"'12")
    words.marks += [Marked(1, 4, [Mark("o1", '"><script>')]), Marked(2, 5, [Mark("o2", "")])]
    words.marks.append(Marked(1, 4, [Mark("o3", "")]))
    html = render([words], lambda anchor: f"/r?x=1&y=2#{anchor}")
    assert html == (
        'a<a id="o1" class="mark" href="/r?x=1&amp;y=2#o1" target="_top" title="&quot;&gt;&lt;script&gt;"><span id="o3"></span>&lt;b&gt;</a>'
        "&amp;&quot;&#x27;12"
    )


@pytest.mark.parametrize(
    ("line", "raws", "marked"),
    [
        ("一、新收 305 18 1", ["305", "18", "1"], ["305", "18", "1"]),
        ("规章000", ["000", "000", "000"], ["000"]),
        ("305 30 5", ["30", "5"], ["30", "5"]),
        ("处罚20-148", ["20-148"], ["20-148"]),
        ("数字不同", ["7"], ["数字不同"]),
        ("空白", [""], ["空白"]),
        ("3 2", ["2", "3"], ["3 2"]),
    ],
)
def test_figures_of_a_line(line, raws, marked):
    observed = [Observed(Mark(f"o{n}", ""), {"line": 1}, raw) for n, raw in enumerate(raws)]
    found = list(figures(line, observed))
    assert [line[m.start : m.end] for m in found] == marked
    assert [mark.anchor for m in found for mark in m.marks] == [f"o{n}" for n in range(len(raws))]


def test_paragraphs_in_order():
    assert find_paragraphs(["自然人", "305", "305"], ["自然人", "305", "305"]) == [
        [(0, 0, 3)],
        [(1, 0, 3)],
        [(2, 0, 3)],
    ]
