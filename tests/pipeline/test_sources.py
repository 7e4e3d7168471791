"""Source files: what is right loads, and what is wrong is told with file, line and cure."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError
from rich.console import Console

import pipeline.sources
from pipeline.show_sources import print_sources
from pipeline.sources import BadSource, Source, load_sources

SHIPPED = Path(pipeline.sources.__file__).parent

GOOD = """\
name: site
title: 某区人民政府
kind: portal
level: county
start:
  - https://www.example.gov.cn/gkmlpt/index#120
evidence: a page that prints the address
"""

FULL = (
    GOOD
    + """\
family: gkmlpt
hosts: [files.example.gov.cn]
trust: official
politeness: {delay_seconds: 3, depth: 2, max_documents: 500, recheck_days: 10, timeout_seconds: 20.5}
organs:
  - name: 某区人民政府办公室
    type: office
    first_year: 2019
    aliases: [某区政府办]
  - {name: 某区发展和改革局, type: department, first_year: 2008, last_year: 2018}
reports_a_year: {min: 1, max: 40}
quirks:
  - {what: http only, reason: https does not answer}
history:
  - {date: 2026-01-31, what: written}
  - {date: 2026-01-31, what: run}
last_worked: 2026-02-01
"""
)


@pytest.fixture
def write(tmp_path):
    def write(text, file="site.yml"):
        (tmp_path / file).write_text(text, "utf-8")
        return tmp_path

    return write


def problems(folder):
    with pytest.raises(BadSource) as caught:
        load_sources(folder)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return [problem.removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_the_shipped_files_load_and_say_where_their_addresses_stand():
    sources = load_sources()
    assert [*sources] == sorted(path.stem for path in SHIPPED.glob("*.yml"))
    assert len(sources) >= 10
    for source in sources.values():
        assert source.evidence
        assert source.history
        assert source.politeness.delay_seconds >= 3
        assert source.trust_level == "official"
        assert not source.allow_private


def test_a_shipped_text_is_not_cut_by_a_comment_sign():
    """Unquoted, ` #` begins a comment and the rest of the value is gone without a word."""
    for path in SHIPPED.glob("*.yml"):
        for line in path.read_text("utf-8").splitlines():
            assert " #" not in line or line.rstrip().endswith(("'", '"')), f"{path.name}: {line}"


def test_what_is_left_out_has_its_default(write):
    source = load_sources(write(GOOD))["site"]
    assert source.start == ("https://www.example.gov.cn/gkmlpt/index#120",)
    assert (source.family, source.last_worked, source.allow_private) == ("auto", "never", False)
    assert source.politeness.model_dump() == {
        "delay_seconds": 2.0,
        "depth": 4,
        "max_documents": 20_000,
        "recheck_days": 30,
        "timeout_seconds": 60.0,
    }
    assert (source.organs, source.reports_a_year, source.quirks, source.history) == ((), None, (), ())
    assert source.every_host == {"www.example.gov.cn"}


def test_everything_a_file_may_say_is_read(write):
    source = load_sources(write(FULL))["site"]
    assert [(o.name, o.type, o.first_year, o.last_year) for o in source.organs] == [
        ("某区人民政府办公室", "office", 2019, None),
        ("某区发展和改革局", "department", 2008, 2018),
    ]
    assert source.organs[0].aliases == ("某区政府办",)
    assert (source.reports_a_year.min, source.reports_a_year.max) == (1, 40)
    assert (source.last_worked, source.history[1].date) == (date(2026, 2, 1), date(2026, 1, 31))
    assert source.every_host == {"www.example.gov.cn", "files.example.gov.cn"}
    assert Source.model_validate_json(source.model_dump_json()) == source
    with pytest.raises(ValidationError, match="frozen"):
        source.title = "另一个"


def test_sources_are_sorted_by_name_and_an_empty_folder_has_none(write, tmp_path):
    assert load_sources(tmp_path) == {}
    for name in ("b", "a", "c"):
        write(GOOD.replace("name: site", f"name: {name}").replace("120", name), f"{name}.yml")
    write("no: source", ".hidden.yml")
    assert [*load_sources(tmp_path)] == ["a", "b", "c"]


# Each case: what is added to a good file of seven lines, where the problem is, what is wrong, how to cure it.
ADDED = {
    "unknown key": ("levle: county", 8, "unknown key 'levle'", "did you mean 'level'?"),
    "unlike any key": ("zzz: 1", 8, "unknown key 'zzz'", "the keys are name, title,"),
    "unknown key below": (
        "quirks:\n  - what: a\n    raeson: b\n    reason: c",
        10,
        "unknown key 'raeson'",
        "'reason'?",
    ),
    "duplicate key": ("evidence: again", 8, "'evidence' stands in line 7 already", "leave one of them out"),
    "duplicate key below": (
        "politeness:\n  depth: 2\n  delay_seconds: 3\n  depth: 3",
        11,
        "'depth' stands in line 9 already",
        "leave one of them out",
    ),
    "merge key": ("<<: {family: jpage}", 8, "unknown key '<<'", "the keys are"),
    "alias": ("hosts: &x [a.gov.cn]\nquirks: *x", 9, "is an alias", "write the value out"),
    "alias in itself": ("hosts: &x [*x]", 8, "is an alias", "write the value out"),
    "broken YAML": ("hosts: [}", 8, "is no YAML", "mind indents, colons and quotes"),
    "tab": ("\tfamily: auto", 8, "is no YAML", "mind indents"),
    "second document": ("---\nname: site", 8, "is no YAML", "mind indents"),
    "foreign tag": ("hosts: [!!python/name:os.system x]", 8, "cannot be read as", "write it in quotes"),
    "key of no word": ("? [a]\n: b", 8, "a key that is no word", "write a word before the colon"),
    "nearly a family": ("family: jpages", 8, "family is 'jpages'", "did you mean 'jpage'?"),
    "no such trust": ("trust: 1", 8, "trust is '1'", "write official, ip_host, mirror or hijacked"),
    "text for a list": ("hosts: x.gov.cn", 8, "hosts is 'x.gov.cn' (not a list)", "write a list of more hosts"),
    "nothing for a list": ("quirks:", 8, "quirks is empty (not a list)", "write a list of quirks"),
    "number for keys": ("politeness: 3", 8, "politeness is '3' (not keys with values)", "write delay_seconds"),
    "text for a number": (
        "politeness: {depth: '3'}",
        8,
        "politeness.depth is '3' (not a whole number)",
        "write links followed from a start page, 1 to 8",
    ),
    "too polite": ("politeness:\n  delay_seconds: 601", 9, "'601' (input should be less than", "0 to 600"),
    "no number": ("politeness: {delay_seconds: .nan}", 8, "delay_seconds is 'nan'", "0 to 600"),
    "truth for a number": ("politeness: {depth: yes}", 8, "is 'true' (not a whole number)", "1 to 8"),
    "text for truth": ("allow_private: maybe", 8, "is 'maybe' (not true or false)", "write true if"),
    "missing below": (
        "organs:\n  - name: 某局\n    type: department",
        9,
        "'organs.first_year' is missing",
        "from 2008",
    ),
    "no such type": (
        "organs:\n  - name: 某局\n    type: departmnt\n    first_year: 2019",
        10,
        "organs.type is 'departmnt'",
        "did you mean 'department'?",
    ),
    "last before first": (
        "organs:\n  - name: 某局\n    type: office\n    first_year: 2020\n    last_year: 2019",
        12,
        "2019 is before first_year 2020",
        "exchange them, or leave last_year out",
    ),
    "before there were reports": (
        "organs: [{name: 某局, type: office, first_year: 1998}]",
        8,
        "first_year is '1998'",
        "from 2008",
    ),
    "no division": ('division: "320899"', 8, "'320899' is no code", "divisions.csv"),
    "a code as a number": ("division: 320800", 8, "division is '320800' (not text", "in quotes"),
    "an organ's place that is none": (
        "organs: [{name: 某局, type: office, first_year: 2019, division_code: '000000'}]",
        8,
        "'000000' is no code",
        "divisions.csv",
    ),
    "an organ twice": (
        "organs: [{name: 某局, type: office, first_year: 2019}, {name: 新局, type: office, first_year: 2020, aliases: [某局]}]",
        8,
        "'某局' is there twice",
        "as aliases",
    ),
    "fewer than the fewest": ("reports_a_year: {min: 3, max: 2}", 8, "2 is less than min 3", "exchange them"),
    "no date": ("last_worked: 2026-13-01", 8, "last_worked is '2026-13-01'", "write never, or the day"),
    "history backwards": (
        "history:\n  - {date: 2026-02-01, what: a}\n  - {date: 2026-01-01, what: b}",
        8,
        "2026-01-01 stands after 2026-02-01",
        "put the oldest event first",
    ),
    "address for a host": ("hosts:\n  - https://x.gov.cn/", 9, "'https://x.gov.cn/' is no host", "write a name like"),
    "private host": (
        "hosts:\n  - a.gov.cn\n  - 10.0.0.1",
        10,
        "'10.0.0.1' is not on the public network",
        "allow_private",
    ),
}


@pytest.mark.parametrize("case", ADDED)
def test_a_mistake_is_told_with_file_line_and_cure(case, write):
    added, line, wrong, cure = ADDED[case]
    (told,) = problems(write(f"{GOOD}{added}\n"))
    assert told.startswith(f"site.yml:{line}: ")
    what, _, how = told.rpartition("; ")
    assert wrong in what
    assert cure in how


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("ftp://www.example.gov.cn/", "is no http or https address"),
        ("www.example.gov.cn/index.html", "is no http or https address"),
        ("javascript:alert(1)", "is no http or https address"),
        ("https://user:secret@www.example.gov.cn/", "holds a user or password"),
        ("https://www.example.gov.cn@10.0.0.1/", "holds a user or password"),
        ("https://www.example.gov.cn:99999/", "has no usable port"),
        ("https:///index.html", "is no host"),
        ("https://www..gov.cn/", "is no host"),
        ("https://例子.gov.cn/", "is no host"),
        ("https://[::1/", "brackets"),
        ("https://www.example.gov.cn/a b", "cannot stand in an address"),
        ("https://www.example.gov.cn\\@10.0.0.1/", "cannot stand in an address"),
        ("http://2130706433/", "is no host"),
        ("http://0x7f.1/", "is no host"),
        ("http://127.1/", "is no host"),
        ("http://127.0.0.1:8080/", "is not on the public network"),
        ("http://169.254.169.254/latest/", "is not on the public network"),
        ("http://[::1]/", "is not on the public network"),
        ("http://[::ffff:10.0.0.1]/", "is not on the public network"),
        ("http://localhost/", "is not on the public network"),
        ("http://LOCALHOST./", "is not on the public network"),
        ("http://intranet/", "is not on the public network"),
        ("http://metadata.google.internal/", "is not on the public network"),
    ],
)
def test_an_address_nobody_should_fetch_is_refused(url, wrong, write):
    (told,) = problems(write(GOOD.replace("https://www.example.gov.cn/gkmlpt/index#120", f"'{url}'")))
    assert told.startswith("site.yml:6: ")
    assert wrong in told


@pytest.mark.parametrize(
    ("old", "new", "line", "wrong"),
    [
        ("title: 某区人民政府\n", "", 1, "'title' is missing; write the source's name for people"),
        ("title: 某区人民政府", "title: ''", 2, "title is ''"),
        ("title: 某区人民政府", "title: 2020", 2, "write it in quotes"),
        ("evidence: a page that prints the address\n", "", 1, "'evidence' is missing; write where the start"),
        ("level: county", "level: 4", 4, "level is '4'; write central, province,"),
        ("  - https://www.example.gov.cn/gkmlpt/index#120", "  []", 5, "start is empty"),
        ("  - https://www.example.gov.cn/gkmlpt/index#120", "  - http://a.cn/\n  - http://a.cn/", 5, "there twice"),
        ("name: site", "name: other", 1, "name 'other' is not that of the file; write name: site"),
        ("name: site", "name: A site", 1, "'A site' is no source name: use a-z, 0-9"),
        (GOOD, "", 1, "holds no keys; begin with name: and title:"),
        (GOOD, "- site\n", 1, "holds no keys"),
        (GOOD, "\x07", 1, "is no YAML"),
    ],
)
def test_a_key_that_must_stand_there(old, new, line, wrong, write):
    assert old in GOOD
    (told,) = problems(write(GOOD.replace(old, new)))
    assert told.startswith(f"site.yml:{line}: ")
    assert wrong in told


def test_all_problems_of_all_files_are_told_at_once(write):
    write(GOOD.replace("portal", "portla") + "famliy: auto\n", "a.yml")
    told = problems(write(GOOD.replace("county", "conuty")))
    assert [problem.split(": ")[0] for problem in told] == ["a.yml:1", "a.yml:3", "a.yml:8", "site.yml:4"]


def test_two_files_do_not_share_a_name_or_a_start(write):
    write(GOOD.replace("name: site", "name: again"), "again.yml")
    (told,) = problems(write(GOOD))
    assert told.startswith("site.yml:6: 'https://www.example.gov.cn/gkmlpt/index#120' is a start of again.yml too")


def test_a_file_that_would_be_passed_over_is_a_problem(write):
    assert problems(write(GOOD, "site.yaml")) == ["site.yaml:1: does not end in .yml; rename it to site.yml"]


def test_what_is_not_utf_8_is_told(tmp_path):
    (tmp_path / "site.yml").write_bytes(GOOD.encode("gb18030"))
    assert problems(tmp_path) == ["site.yml:1: is not UTF-8; save the file as UTF-8"]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadSource, match="there is no such folder"):
        load_sources(tmp_path / "none")


def test_private_addresses_are_for_those_who_say_so(write):
    private = GOOD.replace("https://www.example.gov.cn/", "http://127.0.0.1:8099/") + "hosts: [localhost]\n"
    source = load_sources(write(private + "allow_private: true\n"))["site"]
    assert source.trust_level == "ip_host"
    assert source.every_host == {"127.0.0.1", "localhost"}


@pytest.mark.parametrize(
    ("starts", "stated", "trust"),
    [
        (("https://www.example.gov.cn/a",), None, "official"),
        (("http://GOV.cn/a",), None, "official"),
        (("http://61.150.65.235:8080/pub/",), None, "ip_host"),
        (("http://[2400:3200::1]/",), None, "ip_host"),
        (("https://gov.cn.example.com/",), None, "mirror"),
        (("https://notgov.cn/",), None, "mirror"),
        (("https://www.example.gov.cn/a", "http://61.150.65.235/a"), None, "ip_host"),
        (("https://www.example.gov.cn/a", "http://61.150.65.235/a", "http://copy.cn/"), None, "mirror"),
        (("https://bureau.example.cn/",), "official", "official"),
        (("https://www.example.gov.cn/",), "hijacked", "hijacked"),
    ],
)
def test_trust_is_as_stated_or_as_the_least_trusted_host_tells(starts, stated, trust):
    source = Source(name="s", title="t", kind="organ", level="county", start=starts, trust=stated, evidence="e")
    assert source.trust_level == trust


@pytest.mark.parametrize("width", [80, 160])
def test_the_list_prints_every_fact(width, write):
    console = Console(width=width)
    with console.capture() as captured:
        print_sources(load_sources(write(FULL)).values(), console)
    printed = captured.get()
    for fact in ("site", "某区人民政府", "county", "gkmlpt", "index#120", "2", "3 s", "2026-02-01"):
        assert fact in printed


def test_loading_needs_neither_dagster_nor_scrapy():
    code = "import sys, pipeline.sources; sys.exit(bool({'dagster', 'scrapy', 'duckdb'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
