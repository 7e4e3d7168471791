"""The sentence that has the words: found in the normalised text, shown as printed."""

import sys
from unicodedata import combining, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import passages
from pipeline.passages import find_passage, normal_of

# What grows, shrinks, joins or changes places when normalised, between what does not.
STRANGE = "公开件3年aE，。！；\n”）３Ａ㈱㍻ﬃ½…é\u0301\u0327\u0338\u3099かｶﾞ\uff9e각ᄀ\u1161\u11a8가\u0dd9\u0dcf<=;\u037e\U0002f800𠀀Å"
texts = st.text(st.sampled_from(STRANGE), max_size=60) | st.text(max_size=30)


def passage(text, words):
    return find_passage(text, normal_of(text), normal_of(words))


def shown(text, words):
    """The sentence with the words in brackets."""
    return "".join(f"[{part}]" if is_marked else part for part, is_marked in passage(text, words).parts)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("收到申请3件。办结3件；结转0件。", "办结", "[办结]3件；"),
        ("收到申请3件。办结3件；结转0件。", "件", "收到申请3[件]。"),
        ("收到申请3件，办结3件。", "3件", "收到申请[3件]，办结[3件]。"),
        ("他说：“公开了！”我说好。", "了", "他说：“公开[了]！”"),
        ("他说：“公开了！”我说好。", "好", "我说[好]。"),
        ("（一）总体情况\n全年公开5条\n", "全年", "[全年]公开5条"),
        ("甲。乙。丙。", "乙。丙", "[乙。丙]。"),
        ("甲\n乙", "甲\n乙", "[甲\n乙]"),
        ("收到 ３ 件", "3", "收到 [３] 件"),
        ("某㈱公司。", "株", "某[㈱]公司。"),
        ("某㈱公司。", ")公", "某[㈱公]司。"),
        ("ﬃ。", "f", "[ﬃ]。"),
        ("cafe\u0301。", "é", "caf[e\u0301]。"),
        ("公\u0301开。", "公", "[公\u0301]开。"),
        ("ｶﾞス", "ガ", "[ｶﾞ]ス"),
        ("aaaa", "aa", "[aa][aa]"),
        ("无事项", "无", "[无]事项"),
        (" 公开 ", " ", "[ ]公开[ ]"),
    ],
)
def test_what_is_shown(text, words, expected):
    assert shown(text, words) == expected


def test_a_long_sentence_is_cut_around_the_words():
    text = f"{'甲' * 300}乙丙，{'丁' * 390}。戊"
    found = passage(text, "乙丙")
    assert found.sentence == f"…{'甲' * 80}乙丙，{'丁' * 157}…"
    assert found.marks == ((81, 83),)
    assert shown(f"乙{'甲' * 500}。", "乙").startswith("[乙]甲甲")
    assert shown(f"{'甲' * 500}乙。", "乙") == f"…{'甲' * 80}[乙]。"
    assert shown(f"{'甲' * 450}，乙，{'丁' * 20}", "乙") == f"…{'甲' * 79}，[乙]，{'丁' * 20}"


def test_words_longer_than_what_is_shown_are_marked_to_its_end():
    words = "政务公开，" * 2000
    found = passage(f"开头。{words}结尾。", words)
    assert found.sentence.startswith("政务公开，")
    assert found.sentence.endswith("…")
    assert found.marks == ((0, len(found.sentence) - 1),)


def test_text_without_the_words():
    with pytest.raises(ValueError, match="substring"):
        passage("公开", "不开")


@pytest.mark.parametrize("text", ["\u0301" * 200_000 + "公开", "ᄀ" * 100_000 + "公开", "中" * 1_000_000 + "公开"])
def test_hostile_lengths_take_no_longer_than_reading(text):
    assert "公开" in passage(text, "公开").sentence


@given(texts)
def test_a_text_cut_into_sentences_and_atoms_is_normalised_in_parts(text):
    sentences = [found[0] for found in passages._SENTENCE.finditer(text)]
    assert "".join(sentences) == text
    assert "".join(map(normal_of, sentences)) == normal_of(text)
    assert "".join(passages._atoms(text)) == text
    assert "".join(map(normal_of, passages._atoms(text))) == normal_of(text)


def test_nothing_joins_the_end_of_a_sentence():
    """Every character that combines with the one before it, behind everything a sentence ends with."""
    later = [c for c in map(chr, range(sys.maxunicode)) if not "\ud800" <= c <= "\udfff" and _may_join(c)]
    assert len(later) > 900
    ends = passages._ENDS.replace("\\n", "\n") + passages._CLOSING
    assert [(e, c) for e in ends for c in later if normal_of(e + c) != normal_of(e) + normal_of(c)] == []
    assert [c for c in later if c < "\u0300" or "\u4e00" <= c <= "\u9fff"] == []


def _may_join(character):
    return bool(combining(normalize("NFKD", character)[0])) or any(
        normal_of(before + character) != before + normal_of(character) for before in "aᄀ가\u0dd9\u09c7<="
    )


@given(texts, st.data())
def test_every_string_of_a_text_is_shown_in_it(text, data):
    normal = normal_of(text)
    if not normal:
        return
    start = data.draw(st.integers(0, len(normal) - 1))
    words = normal[start : data.draw(st.integers(start + 1, len(normal)))]
    found = find_passage(text, normal, words)
    assert found.sentence in text
    for start, end in found.marks:
        assert words in normal_of(found.sentence[start:end])
    assert "".join(part for part, _ in found.parts) == found.sentence
