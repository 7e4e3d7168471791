"""Copies of reports on other hosts: recognised, linked to the right original, and never the one to use."""

import pytest
from crawl_helpers import Simulator, crawl, source_of
from pipeline_helpers import bring_up
from store_helpers import content_of, define, got, report_page, rows, workspace_of, write_crawl

from pipeline.trust import trust_of

DAMAGES = {"traditional": "traditional_script", "pinyin": "pinyin", "betting": "betting_phrases"}


def crawl_and_load(workspace, *sources):
    for result in crawl(workspace.settings.data, *sources).values():
        assert result.is_complete, result
    assert {r.error for r in bring_up(workspace)} == {None}


class World:
    """An official site and its clones: the clones are crawled before the original, then all is loaded."""

    def __init__(self, simulator, data):
        self.site = simulator.sites["static"]
        self.clones = {damage: simulator.add_clone("static", damage) for damage in DAMAGES}
        mirror = simulator.add_clone("static", "betting")
        mirror._damage = None
        mirror.name = "sim-mirror"
        self.clones["mirror"] = mirror
        self.source = source_of(self.site)
        copies = [source_of(clone) for clone in self.clones.values()]
        self.workspace = workspace_of(data, self.source, *copies)
        crawl_and_load(self.workspace, *copies)
        self.without_original = self.documents("copy_of, trust")
        self.panel_without = rows(self.workspace, "SELECT count(*) FROM out_panel")
        crawl_and_load(self.workspace, self.source)

    def documents(self, columns):
        return rows(
            self.workspace,
            f"""SELECT source, {columns} FROM raw_documents d
                WHERE EXISTS (SELECT 1 FROM core_reports r WHERE r.source = d.source AND r.sha256 = d.sha256 AND status <> 'rejected')
                ORDER BY source, sha256""",
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Simulator(families=["static"], organs=4, years=(2013, 2016, 2019, 2022)) as simulator:
        yield World(simulator, tmp_path_factory.mktemp("clones"))


def test_while_the_original_is_not_known(world):
    assert len(world.without_original) > 30
    for source, copy_of, trust in world.without_original:
        assert copy_of is None
        assert trust == ("mirror" if source == "sim-mirror" else "hijacked")
    assert world.panel_without == [(0,)]


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_damage_is_told(world, damage):
    name = world.clones[damage].name
    found = rows(
        world.workspace,
        "SELECT DISTINCT d.trust, CAST(d.damages AS VARCHAR) FROM raw_documents d JOIN core_reports r USING (source, sha256)"
        " WHERE source = ? AND r.status <> 'rejected'", name,
    )  # fmt: skip
    assert found == [("hijacked", f'["{DAMAGES[damage]}"]')]


@pytest.mark.parametrize("damage", [*DAMAGES, "mirror"])
def test_every_copy_is_linked_to_its_original(world, damage):
    clone = world.clones[damage]
    originals = {(d.organ, d.year): d.url for d in world.site.documents if d.kind == "report"}
    found = rows(
        world.workspace,
        "SELECT d.url, o.url, o.source FROM raw_documents d JOIN raw_documents o ON o.sha256 = d.copy_of AND o.trust = 'official'"
        " WHERE d.source = ? ORDER BY 1", clone.name,
    )  # fmt: skip
    wanted = sorted((d.url, originals[d.organ, d.year], world.source.name) for d in clone.documents)
    assert len(wanted) > 9
    assert found == wanted


def test_no_official_document_is_a_copy(world):
    assert rows(
        world.workspace, "SELECT count(*) FROM raw_documents WHERE trust = 'official' AND copy_of IS NOT NULL"
    ) == [(0,)]


def test_no_copy_is_current(world):
    assert rows(world.workspace, "SELECT DISTINCT source FROM core_reports WHERE is_current") == [(world.source.name,)]
    for table in ("out_panel", "out_ledger"):
        found = rows(world.workspace, f"SELECT DISTINCT source FROM {table} ORDER BY 1")
        assert found == [(world.source.name,)], table
    assert rows(world.workspace, "SELECT DISTINCT trust FROM out_panel") == [("official",)]
    # All are there to be looked at.
    (count,) = rows(world.workspace, "SELECT count(*) FILTER (WHERE trust = 'hijacked') FROM out_panel_all")
    assert count[0] > 30


def test_links_do_not_depend_on_what_is_loaded_last(world):
    before = rows(world.workspace, "SELECT source, sha256, copy_of FROM raw_documents ORDER BY ALL")
    world.workspace.warehouse.load_sources(world.workspace.lake, ["sim-mirror"])
    assert rows(world.workspace, "SELECT source, sha256, copy_of FROM raw_documents ORDER BY ALL") == before
    world.workspace.warehouse.path.unlink()
    bring_up(world.workspace)
    assert rows(world.workspace, "SELECT source, sha256, copy_of FROM raw_documents ORDER BY ALL") == before


def test_like_reports_of_other_organs_are_no_copies(tmp_path):
    """A mirror whose own original is not there, and the reports of other organs that write by the same model."""
    with Simulator(families=["static"], organs=12, years=(2013, 2022)) as simulator:
        site = simulator.sites["static"]
        mirror = simulator.add_clone("static", "betting")
        organs = [organ.name for organ in site.organs]
        mirrored, left = set(organs[::2]), set(organs[1::2])
        for document in mirror.documents:
            if document.organ in left:
                mirror.remove(document.url)
        for document in site.documents:
            if document.kind in ("report", "viewer") and document.organ in mirrored:
                site.remove(document.url)
        sources = source_of(site), source_of(mirror)
        workspace = workspace_of(tmp_path, *sources)
        crawl_and_load(workspace, *sources)
        assert rows(
            workspace, "SELECT DISTINCT agency FROM core_reports WHERE status <> 'rejected' AND source = ?", mirror.name
        )
        assert rows(workspace, "SELECT count(*) FROM raw_documents WHERE copy_of IS NOT NULL") == [(0,)]
        (shared,) = rows(
            workspace,
            """SELECT max(len(list_intersect(CAST(json_extract(a.sketch, '$.words') AS BIGINT[]), CAST(json_extract(b.sketch, '$.words') AS BIGINT[]))))
               FROM raw_documents a, raw_documents b WHERE a.trust = 'hijacked' AND b.trust = 'official'""",
        )
        assert shared[0] > 32  # by their words alone they would be


def test_what_makes_a_copy(tmp_path):
    """Its numbers, its words and its organ: none of them alone."""
    sources = define("official"), define("mirror", start=["http://mirror.example.com/"])
    workspace = workspace_of(tmp_path, *sources)
    content = content_of("白榆县财政局", 2022)
    page = report_page(content)
    pages = {
        "copy": page,
        # The same model, the same organ, other figures.
        "figures": report_page(
            {**content_of("白榆县民政局", 2022), "agency": content["agency"], "title": content["title"]}
        ),
        # Copied by another organ, figures and all.
        "organ": page.replace("白榆县财政局".encode(), "白榆县林业局".encode()),
        "year": page.replace(b"2022", b"2021"),
    }
    write_crawl(workspace.archive, "official", "2023-03-01", got("/a.html", page))
    for name, body in pages.items():
        write_crawl(
            workspace.archive, "mirror", "2023-04-01", got(f"http://mirror.example.com/{name}.html", body + b" ")
        )
    assert {r.error for r in bring_up(workspace)} == {None}
    found = rows(
        workspace, "SELECT url, copy_of IS NOT NULL, trust FROM raw_documents WHERE source = 'mirror' ORDER BY url"
    )
    assert found == [(f"http://mirror.example.com/{name}.html", name == "copy", "mirror") for name in sorted(pages)]


def test_files_added_by_hand_stay_local(workspace, corpus_like):
    workspace.archive.put("folder", [("file:a.html", corpus_like)])
    bring_up(workspace)
    assert rows(workspace, "SELECT trust, CAST(damages AS VARCHAR), copy_of FROM raw_documents") == [
        ("local", '["betting_phrases"]', None)
    ]
    assert rows(workspace, "SELECT is_current FROM core_reports") == [(True,)]


@pytest.fixture
def corpus_like(documents):
    content = dict(documents)["file:2021-html.html"].decode()
    spoiled = content.replace("<body>", "<body><p>彩云皇冠体育_正规投注平台_官方入口</p>", 1)
    assert spoiled != content
    return spoiled.encode()


@pytest.mark.corpus
def test_real_reports_stay_local(workspace, corpus):
    files = sorted((corpus / "reports").iterdir())
    workspace.archive.put("corpus", [(f"file:{p.name}", p.read_bytes()) for p in files])
    bring_up(workspace)
    assert rows(workspace, "SELECT DISTINCT trust, copy_of FROM raw_documents") == [("local", None)]


@pytest.mark.parametrize(
    ("url", "damages", "trust"),
    [
        ("https://www.x.gov.cn/a", [], "official"),
        ("http://x.gov.cn:8080/a", ["pinyin"], "hijacked"),
        ("https://www.x.gov.cn/hant/a", ["traditional_script"], "official"),  # its own other script
        ("http://61.150.65.235/a", [], "ip_host"),
        ("http://61.150.65.235/a", ["traditional_script"], "hijacked"),
        ("http://x.gov.cn.example.com/a", [], "mirror"),
        ("http://xgov.cn/a", [], "mirror"),
        ("http://[2001:db8::1]/a", [], "ip_host"),
        ("file:a.html", ["pinyin"], "local"),
    ],
)
def test_trust(url, damages, trust):
    assert trust_of(url, None, damages) == trust
