"""Printed names of organs resolved: real names with hand-checked truth, what is open stays open, ids that stay."""

import random
from time import perf_counter

import pytest
import yaml
from paths import ROOT

from pipeline.organs import Known, KnownOrgan, Mention, Resolver
from pipeline.organs.divisions import load_divisions
from pipeline.organs.identity import has_own_code, level_of, name_of, parent_of, seat_of, type_of
from pipeline.organs.roles import load_roles

CASES = yaml.safe_load((ROOT / "tests" / "pipeline" / "organs_truth.yml").read_text(encoding="utf-8"))


def resolve(name, year=None, *, division=None, others=(), **known):
    told = {"site": Known(division=division, **known)} if division or known else {}
    mention = Mention("site", name, year)
    return Resolver([*(Mention("site", other) for other in others), mention], told).resolve(mention)


def agency_id(name, year=None, **around):
    found = resolve(name, year, **around)
    assert found.state == "resolved", (name, found.basis)
    return found.identity.agency_id


def described(found, year):
    divisions, roles = load_divisions(), load_roles()
    identity, reading = found.identity, found.reading
    seat = seat_of(identity, divisions, roles)
    return {
        "state": found.state,
        "level": level_of(identity, divisions, roles),
        "type": type_of(identity, roles),
        "code": divisions.by_id[seat].at(year).code if seat else None,
        "of_parent": bool(seat) and not has_own_code(identity),
        "full": name_of(identity, reading.role.name, reading.unit.name if reading.unit else "", divisions, roles),
    }


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['name']} {c['year']} {c.get('division', '')}")
def test_truth(case):
    found = resolve(case["name"], case["year"], division=case.get("division"), others=case.get("others", ()))
    if case["state"] != "resolved":
        assert found.state == case["state"]
        assert found.identity.place == ""
        assert found.basis
        return
    seen = described(found, case["year"])
    wanted = {"code": None, "of_parent": False} | {k: case[k] for k in seen if k in case}
    assert {k: seen[k] for k in wanted} == wanted
    if "same_as" in case:
        assert found.identity.agency_id == agency_id(case["same_as"])
    if "differs_from" in case:
        assert found.identity.agency_id != agency_id(case["differs_from"])
    if "parent" in case:
        assert parent_of(found.identity, load_divisions(), load_roles()) == resolve(case["parent"]).identity


def test_ids_are_those_of_earlier_releases():
    """Datasets are joined by them: a change of these is a break."""
    assert {name: agency_id(name) for name in ("江苏省人民政府", "淮安市洪泽区财政局", "渭南高新区", "财政部")} == {
        "江苏省人民政府": "org_80af327adaef",
        "淮安市洪泽区财政局": "org_cfafeb8c4fcb",
        "渭南高新区": "org_35328ad4c799",
        "财政部": "org_763bef08bc25",
    }


def test_every_division_is_found_by_its_full_name_in_every_year():
    divisions = load_divisions()
    for division in divisions.by_id.values():
        for term in division.terms:
            year = term.last_year or int(term.revision[:4])
            name = divisions.full_name(division.id, year) + "财政局"
            found = resolve(name, year)
            assert (found.state, found.identity.place) == ("resolved", division.id), (name, found)


def test_a_bare_name_is_ambiguous_exactly_where_several_divisions_bear_it():
    divisions = load_divisions()
    several = {form for form, ids in divisions.by_name.items() if len(ids) > 1 and divisions.is_full(form)}
    assert {"鼓楼区", "朝阳区", "城区"} <= several
    for form, ids in divisions.by_name.items():
        if divisions.is_full(form):
            found = resolve(f"{form}财政局")
            assert found.state == ("ambiguous" if form in several else "resolved"), form
            assert found.candidates == (ids if form in several else ()), form


def test_what_tells_places_of_one_name_apart():
    name = "鼓楼区财政局"
    by_code = Resolver([]).resolve(Mention("site", name, 2020, None, "11320302014051234X"))
    assert by_code.identity.agency_id == agency_id("徐州市鼓楼区财政局")
    near = Mention("b", "福州市教育局", 2020, "fuzhou.gov.cn")
    by_site = Resolver([near]).resolve(Mention("a", name, 2020, "fuzhou.gov.cn"))
    assert by_site.identity.agency_id == agency_id("福州市鼓楼区财政局")
    assert "site" in by_site.basis
    by_title = resolve(name, title="南京市人民政府")
    assert by_title.identity.agency_id == agency_id("南京市鼓楼区财政局")
    by_file = resolve(name, organs=(KnownOrgan(name, division_code="410204"),))
    assert by_file.identity.agency_id == agency_id("开封市鼓楼区财政局")
    # A province with two of them settles nothing, nor does a place with none.
    assert resolve(name, division="320000").state == "ambiguous"
    assert len(resolve(name, division="320000").candidates) == 2
    assert resolve(name, division="610500").state == "ambiguous"
    assert len(resolve(name, division="610500").candidates) == 4


def test_what_several_organs_may_be_called_is_not_one_organ():
    """Two sites' 财政局 are not known to be one; a place that no table has is by its name."""
    for name, same in (("财政局", False), ("鼓楼区财政局", False), ("柳塘镇人民政府", False), ("白榆县财政局", True)):
        mentions = [Mention(source, name, 2020) for source in ("a", "b")]
        found = {Resolver(mentions).resolve(mention).identity.agency_id for mention in mentions}
        assert (len(found) == 1) is same, name


def test_aliases_of_a_sources_file_are_one_organ():
    organs = (KnownOrgan("白榆县民政局", ("白榆县民政和社会保障局",)), KnownOrgan("淮安市财政局", ("淮安财税局",)))
    invented, real = (resolve(o.aliases[0], title="x", organs=organs) for o in organs)
    assert (invented.state, invented.identity) == ("unknown", resolve("白榆县民政局").identity)
    assert (real.state, real.identity.agency_id) == ("resolved", agency_id("淮安市财政局"))


def test_half_names_need_a_place():
    assert resolve("市财政局").state == "unknown"
    assert agency_id("市财政局", division="320813") == agency_id("淮安市财政局")
    assert agency_id("区财政局", division="320813") == agency_id("淮安市洪泽区财政局")
    assert resolve("区财政局", division="320800").state == "unknown"
    # Organs of two places: a name without a level may be of either.
    assert resolve("财政局", others=["淮安市教育局", "淮安市洪泽区教育局"]).state == "unknown"
    # A township is of a county, or of a city without counties.
    assert resolve("虎门镇人民政府", division="440000").state == "unknown"
    assert agency_id("虎门镇人民政府", division="441900") == agency_id("东莞市虎门镇人民政府")


def test_one_organ_under_many_names():
    assert (
        len({agency_id(n) for n in ("淮安市人民政府办公室", "淮安市政府办公室", "淮安市政府办", "江苏省淮安市府办")})
        == 1
    )
    assert (
        len({agency_id(n) for n in ("淮安市发展和改革委员会", "淮安市发改委", "淮安市发展改革委", "淮安发改委")}) == 1
    )
    assert len({agency_id(n) for n in ("淮安市人民政府", "淮安市人民政府办公室", "淮安市财政局", "江苏省财政厅")}) == 4


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "政府信息公开",
        "某县财政局",
        "区",
        "市",
        "第",
        "第九师师",
        "(本级)",
        "a" * 5000,
        "市" * 300,
        "中华人民共和国",
    ],
)
def test_what_is_no_name_of_an_organ(name):
    assert resolve(name).state == "unknown"


def test_a_hundred_thousand_names():
    """The names of a whole country in seconds; measured 7 s for 100,000."""
    divisions, roles = (
        load_divisions(),
        ("人民政府", "财政局", "发改委", "水利局", "教育局", "市场监督管理局", "供销社"),
    )
    names = [
        divisions.full_name(d) + r for d, found in divisions.by_id.items() if not found.last.last_year for r in roles
    ]
    random.Random(1).shuffle(names)
    started = perf_counter()
    resolver = Resolver(Mention("site", name, 2020) for name in names)
    ids = {resolver.resolve(Mention("site", name, 2020)).identity.agency_id for name in names}
    seconds = perf_counter() - started
    assert len(ids) == len(names) > 20_000
    assert seconds < 20 * len(names) / 100_000 * 3, f"{len(names):,} names took {seconds:.1f} s"
