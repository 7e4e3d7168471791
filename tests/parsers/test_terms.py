"""Words and keywords: jieba and rjieba held equal, terms of the field held whole, nothing lost or written."""

import json
import os
import random
import re
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paths import REPORTS, ROOT

from parsers import readers
from parsers.forms import read_data
from parsers.models import Paragraph
from parsers.terms import keywords, read_terms, segment

WORDS = ROOT / "parsers" / "forms" / "words.txt"
RUN = re.compile("[\u4e00-\u9fd5]+")

# Cut at the bars; spaces are no words.
SENTENCES = [
    "政府信息公开|指南|和|政府信息公开|目录|及时|更新|。",
    "市|民政局|2021|年|主动公开|规范性文件|16|件|，|废止|3|件|。",
    "不予公开|的|理由|是|属于|过程性信息|、|内部事务信息|和|行政执法案卷|。",
    "因|第三方合法权益|，|部分公开|2|件|，|无法提供|4|件|，|不予处理|1|件|。",
    "大部分|公开事项|已|公示",
    "大部分|公开|，|不予公开|的|少",
    "逐一|公开|，|进一步|公开|",
    "全年|收取|信息处理费|1,280.50|元|，|开具|收费通知|5|份|。",
    "行政复议|3|件|，|行政诉讼|1|件|：|结果维持|2|件|，|尚未审结|2|件|。",
    "未经复议直接起诉|与|复议后起诉|的|案件|均|已|审结",
    "县|农业农村局|加强|农产品质量安全|信息公开",
    "落实|三审三校|制度|，|政务新媒体|无|错敏字|、|空白栏目|。",
    "依托|政务服务中心|设立|政务公开专区|，|开设|长者版|和|无障碍|栏目",
    "统计期限|自|2020-01-01|至|2020-12-31|，|邮箱|zfb@163.com|，|网址|www.example.gov.cn|。",
    "答复率|100%|，|满意率|98.6％|，|IPv6|支持率|99.9%",
    "于|二〇一二|年|三月|十八日",
    "国办发|〔|2016|〕|80|号|、|国办公开办函|〔|2021|〕|30|号",
    "对|放管服改革|、|双随机|、|营商环境|等|热点|图解|",
    "市政府|常务会议|邀请|利益相关方|列席",
]


@pytest.mark.parametrize("line", SENTENCES)
def test_sentences_are_cut_at_their_terms(line):
    words = tuple(filter(None, line.split("|")))
    assert segment("".join(words)) == words
    assert segment(" ".join(words)) == words


@settings(max_examples=200, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("政府信息公开〇一二三年,.%-@ \n\t\u3000，。１ａ㐀𠀀🙂々①"), st.characters())
    )
)
def test_no_character_is_lost(text):
    assert "".join(segment(text)) == "".join(text.split())
    assert all(segment(text))


def test_there_is_nothing_in_nothing():
    assert segment(" \n") == ()
    assert keywords("") == ()
    assert keywords("12，。 3") == ()


# The word list


def word_list():
    return [line.split(" ") for line in WORDS.read_text(encoding="utf-8").splitlines()]


def test_the_word_list_is_a_user_dictionary_of_terms():
    entries = word_list()
    assert len(entries) >= 700
    assert all(len(entry) == 3 for entry in entries)
    words = [word for word, _, _ in entries]
    assert len(set(words)) == len(words)
    assert all(RUN.fullmatch(word) and len(word) >= 2 for word in words)
    assert all(int(count) > 0 and tag.isalpha() for _, count, tag in entries)


def test_every_term_is_one_word():
    cut = {word: segment(word) for word, _, _ in word_list()}
    assert {word: found for word, found in cut.items() if found != (word,)} == {}


@pytest.mark.parametrize("frame", ["{}情况", "关于{}的规定", "2022年，{}共12件", "开展{}，", "《{}》"])
def test_every_term_is_one_word_in_a_sentence(frame):
    broken = [word for word, _, _ in word_list() if word not in segment(frame.format(word))]
    assert broken == []


def test_stop_words_are_words():
    words = read_data("stopwords.txt").split()
    assert len(set(words)) == len(words)
    assert all(len(word) >= 2 for word in words)
    core = {
        "政府信息公开",
        "主动公开",
        "依申请公开",
        "行政复议",
        "规范性文件",
        "政策解读",
        "信息处理费",
        "培训",
        "监督",
    }
    assert not core & set(words)


# jieba and rjieba


@pytest.fixture(scope="module")
def jieba():
    """jieba itself with the same words, its dictionary read without the file it would write for itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba as package
        import jieba.analyse
    tokenizer = package.Tokenizer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    with WORDS.open("rb") as lines:
        tokenizer.load_userdict(lines)
    return tokenizer


def differing(jieba, runs):
    return [run for run in runs if tuple(jieba.cut(run)) != segment(run)]


def runs_of(texts):
    return sorted({run for text in texts for run in RUN.findall(text)})


@pytest.fixture(scope="module")
def fixture_texts():
    texts = [re.sub(r"[|%％\d]", "", line) for line in SENTENCES]
    for path in sorted(REPORTS.glob("*")):
        if path.suffix in (".html", ".txt"):
            texts += [b.text for b in readers.read(path.read_bytes()).blocks if isinstance(b, Paragraph)]
    return texts


def test_jieba_and_rjieba_agree(jieba, fixture_texts):
    runs = runs_of(fixture_texts)
    assert len(runs) > 300
    assert differing(jieba, runs) == []


def test_jieba_and_rjieba_agree_on_what_nobody_wrote(jieba, fixture_texts):
    chance = random.Random(7)
    terms = [word for word, _, _ in word_list()]
    known = [word for word, count in jieba.FREQ.items() if count and RUN.fullmatch(word)]
    runs = runs_of(fixture_texts)
    made = ["".join(chance.choice(pool) for pool in chance.choices((terms, known, runs), k=6)) for _ in range(2000)]
    made += ["".join(chance.choice(chance.choice(runs)) for _ in range(12)) for _ in range(2000)]
    made += ["".join(chr(chance.randint(0x4E00, 0x9FD5)) for _ in range(9)) for _ in range(2000)]
    assert differing(jieba, made) == []


@pytest.mark.corpus
def test_jieba_and_rjieba_agree_on_real_reports(jieba, corpus: Path):
    texts = [p.read_text(encoding="utf-8") for p in sorted((corpus / "truth").glob("*.narrative.txt"))]
    texts += [json.loads(p.read_text(encoding="utf-8"))["text"] for p in sorted((corpus / "narratives").glob("*.json"))]
    runs = runs_of(texts)
    assert len(runs) > 1000
    assert differing(jieba, runs) == []


@pytest.mark.parametrize(
    "piece", ["163.com", "2020-01-31", "zw@163.com", "2,486", "99.1%", "3.5", "8:30", "A4", "２０１８"]
)
def test_what_they_disagree_on_is_one_piece(piece):
    assert segment(f"发送{piece}，") == ("发送", piece, "，")


def test_the_word_list_makes_the_difference():
    from rjieba import Jieba

    assert Jieba().cut("依申请公开不予公开") != ["依申请公开", "不予公开"]
    assert segment("依申请公开不予公开") == ("依申请公开", "不予公开")


# Keywords


def test_keywords_are_those_of_jieba(jieba, fixture_texts):
    from jieba.analyse import TFIDF

    # jieba counts numerals.
    text = "，".join(
        run for run in runs_of(fixture_texts) if not re.search("[零一二两三四五六七八九十百千万亿几多余]", run)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        extractor = TFIDF()
    extractor.tokenizer = jieba
    extractor.stop_words = set(read_data("stopwords.txt").split())
    want = dict(extractor.extract_tags(text, topK=None, withWeight=True))
    assert len(want) > 200
    assert {k.word: k.weight for k in keywords(text, len(want) + 1)} == pytest.approx(want, rel=1e-9)


def test_keywords_stand_in_their_order():
    found = keywords("政策解读不够及时，政策解读形式单一；培训不足。乙级甲级。", 50)
    assert found[0].word == "政策解读"
    assert found[0].times == 2
    assert [(-k.weight, k.word) for k in found] == sorted((-k.weight, k.word) for k in found)
    assert {"不足", "及时"}.isdisjoint(k.word for k in found)
    assert keywords("政策解读不够及时，政策解读形式单一；培训不足。乙级甲级。", 1) == found[:1]


def test_numerals_units_and_single_characters_are_no_keywords():
    text = "第三十三条规定，收到六件、二百一十余人次，三月十二日前答复，五公开、六稳、三农、三审三校。"
    found = {k.word for k in keywords(text, 50)}
    assert found >= {"五公开", "六稳", "三审三校", "三农", "答复"}
    assert not any(re.match("第三|余人次|二百|六件|十二日", word) for word in found)
    assert all(len(word) >= 2 for word in found)


def test_terms_are_words_and_keywords():
    text = "加强政务公开培训，提高政务公开水平。"
    terms = read_terms(text, 3)
    assert terms == (segment(text), keywords(text, 3))
    assert terms.keywords[0].word == "政务公开"


# What it costs


def test_nothing_is_loaded_before_it_is_needed_nor_written(tmp_path):
    program = (
        "import sys, parsers, parsers.terms as t; assert not {'jieba', 'rjieba'} & set(sys.modules);"
        "t.read_terms('全年受理依申请公开十二件'); assert 'jieba' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "unit", ["政府信息公开工作", "龘靐齉爩", "一", "〇", "二〇", "1.", "a.b", "1-", "，", "其中1条,", "%", "政 "]
)
def test_time_is_linear(unit):
    def seconds(n):
        text = unit * (n // len(unit))
        best = 1e9
        for _ in range(2):
            start = time.perf_counter()
            read_terms(text)
            best = min(best, time.perf_counter() - start)
        return best

    segment("政府")
    assert seconds(400_000) < 12 * max(seconds(100_000), 0.005)
