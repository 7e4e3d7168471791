"""Requests by population, and sums of regions that never mix scopes."""

import pytest
from paths import REPORTS
from pipeline_helpers import bring_up

from pipeline.population import read_population
from pipeline.settings import BadSetting, Settings
from pipeline.workspace import Workspace

PAGE = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
FINANCE = (REPORTS / "2019-html.html").read_text(encoding="utf-8").replace("2019", "2022").replace("2020", "2023")
AGGREGATE = ("淮安市人民政府", "淮安市洪泽区人民政府")
OWN = ("淮安市财政局", "淮安市教育局", "淮安市洪泽区财政局")


@pytest.fixture
def world(tmp_path):
    """Reports of real places with made-up figures, and people of two of them."""
    people = tmp_path / "people.csv"
    people.write_text("division_code,year,population,origin\n320800,2022,4550000,made up\n320813,2021,300000,\n")
    workspace = Workspace(Settings(data=tmp_path, population=people), tell=lambda _: None)
    pages = [PAGE.replace("青澜市人民政府办公室", name) for name in AGGREGATE]
    pages += [FINANCE.replace("白榆县财政局", name) for name in OWN]
    workspace.archive.put("site", [(f"file:{n}.html", page.encode()) for n, page in enumerate(pages)])
    bring_up(workspace)
    return workspace


def test_scopes_and_levels_are_never_added(world):
    rows = world.warehouse.query(
        """SELECT region_code, region, scope, level, type, n_organs, app_new_tot, n_app_new_tot FROM out_regions
           WHERE year = 2022 AND region_level = 'prefecture' ORDER BY ALL"""
    ).fetchall()
    assert rows == [
        ("320800", "淮安市", "aggregate", "county", "government", 1, 338, 1),
        ("320800", "淮安市", "aggregate", "prefecture", "government", 1, 338, 1),
        ("320800", "淮安市", "own", "all", "all", 3, 90, 3),
    ]
    provinces = world.warehouse.query(
        "SELECT DISTINCT region_code, region FROM out_regions WHERE region_level = 'province'"
    ).fetchall()
    assert provinces == [("320000", "江苏省")]


def test_requests_by_population(world):
    rows = world.warehouse.query(
        "SELECT agency, population, requests_per_10k FROM out_rates WHERE population IS NOT NULL"
    ).fetchall()
    assert rows == [("淮安市人民政府", 4_550_000, pytest.approx(338 / 455))]


def test_another_table_of_people_is_taken_up(world):
    assert world.warehouse.is_refreshed("out_rates")
    world.settings.population.write_text("division_code,year,population\n320813,2022,300000\n")
    assert not world.warehouse.is_refreshed("out_rates")
    world.warehouse.refresh(["out_rates"], world.tell)
    rows = world.warehouse.query("SELECT agency, requests_per_10k FROM out_rates WHERE population IS NOT NULL")
    assert rows.fetchall() == [("淮安市洪泽区人民政府", pytest.approx(338 / 30))]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("code,year\n", "has no column division_code, population"),
        ("division_code,year,population\n3208,2022,1\n", "line 2: '3208' is no GB/T 2260 code"),
        ("division_code,year,population\n320800,22,1\n", "line 2: '22' is no year"),
        ("division_code,year,population\n320800,2022,455.0万\n", "line 2: '455.0万' is no number of people"),
        ("division_code,year,population\n320800,2022,0\n", "line 2: '0' is no number"),
        ("division_code,year,population\n320800,2022,1\n320800,2022,2\n", "line 3: 320800 2022 stands there twice"),
        ("division_code,year,population\n320800,2022\n", "line 2: '' is no number"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(tmp_path, text, complaint):
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting, match=complaint):
        read_population(path)


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(BadSetting, match=r"people\.csv"):
        read_population(tmp_path / "people.csv")
    assert read_population(None) == []
