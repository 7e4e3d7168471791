"""A workspace to publish, with a report that tells of persons, and what stands in the files of a release."""

import gzip
import json
import shutil
import zipfile
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from paths import REPORTS
from pipeline_helpers import bring_up

from pipeline.release.making import make_release
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse
from pipeline.workspace import Workspace

BASE = ("2014-html.html", "2019-html.html", "2021-html.html", "narrative-html.html")

PERSONS = (
    "王小明", "李建国", "张三丰", "欧阳锋", "孙丽", "周强", "0999-6543210", "6543210", "13800001111", "138-0000-2222",
    "110101199003070011", "zhaoliu@example.com", "zhaoliu", "65432109", "13800003333", "13800004444",
)  # fmt: skip
"""Made up, and planted in every kind of text that a report has."""

_PLANTED = {
    "青澜市人民政府办公室": "青澜市水务局",
    "全市共受理": "全局共受理",
    "编制。报告": "编制（联系人：王小明，电话：0999-6543210）。报告",
    "全年组织培训3场次": "全年由李建国同志主讲，咨询电话13800001111，受理热线转办138件，组织培训3场次",
    "解读材料形式单一": "解读材料形式单一，联系人张三丰（电话：138-0000-2222）",
    "基层人员更换频繁": "基层人员更换频繁，负责人：欧阳锋，身份证号110101199003070011，邮箱zhaoliu@example.com",
    "图解和问答形式": "图解和问答形式，由局长孙丽负责，电话65432109",
    ">96<": ">96（填报人：周强 13800003333）<",
    "本年收费金额（单位：万元）": "本年收费金额",
    ">15230<": ">/<",
    ">4821<": ">13800004444<",
}


def report_on_persons() -> bytes:
    """The fixture of 2021 as another organ's, with names and numbers of persons in its prose and in its cells."""
    text = (REPORTS / "2021-html.html").read_text(encoding="utf-8")
    for plain, planted in _PLANTED.items():
        assert plain in text
        text = text.replace(plain, planted)
    return text.encode()


def base_documents():
    """Address and bytes of a report of each form."""
    return [(f"http://www.example.gov.cn/{name}", (REPORTS / name).read_bytes()) for name in BASE]


def workspace_at(data: Path, documents, source="site") -> Workspace:
    """A workspace whose warehouse is up to date with these documents."""
    workspace = Workspace(Settings(data=data), tell=lambda _: None)
    workspace.archive.put(source, documents)
    bring_up(workspace)
    return workspace


def release_of(workspace, folder, **more):
    return make_release(workspace.warehouse, folder, tell=lambda _: None, **more)


MAKING = (
    "import sys; from pathlib import Path; from pipeline.release.making import make_release;"
    "from pipeline.settings import Settings; from pipeline.workspace import Workspace;"
    "make_release(Workspace(Settings(data=sys.argv[1])).warehouse, Path(sys.argv[2]))"
)
"""A program that makes a release of a data folder, in a process of its own."""


def copy_of(workspace, path, *statements):
    """The warehouse as a file of its own, changed by hand."""
    copy = Warehouse(path, definitions=workspace.warehouse.definitions)
    shutil.copyfile(workspace.warehouse.path, copy.path)
    with duckdb.connect(str(copy.path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return copy


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def words_of(path: Path) -> str:
    """Every character of a file, what is compressed unpacked."""
    if path.suffix == ".parquet":
        return json.dumps(pq.read_table(path, partitioning=None).to_pylist(), ensure_ascii=False, default=str)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return "".join(book.read(name).decode() for name in book.namelist())
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8", "replace")
