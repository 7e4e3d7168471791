"""The archived document of a report, as a page for a frame: every number of the report can be pointed at."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape
from typing import Any

from datasette.app import Datasette

from parsers.errors import Unreadable
from parsers.readers import DOCX, sniff
from pipeline.archive import Archive
from pipeline.explorer.context import Explorer, NotFound, Request, Response, explorer_of, in_thread
from pipeline.explorer.frame.marks import Mark, Observed, Quoted, Wanted
from pipeline.warehouse import Answer

__all__ = ["send_document", "show_page", "show_source"]

# The frame may not do anything but lead back to the report page, on a click.
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation"
)
_UNTRUSTED = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_FOR_EVER = "public, max-age=31536000, immutable"  # the address names the document by its digest
_PAGES_KEPT = 128
_ENDINGS = {"text/html": "html", "application/pdf": "pdf", DOCX: "docx", "text/plain": "txt"}


class _Missing(Exception):
    """The source cannot be shown; the message says what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class _Report:
    """A report of the warehouse, and where its frame and its page are."""

    explorer: Explorer
    source: str
    report: str
    sha256: str
    title: str
    opened: Answer  # while it lives, the next questions to a DuckDB file find it open, and unchanged
    address: str  # of its page
    assets: str

    def link(self, anchor: str) -> str:
        """The address of a number on the report page."""
        return f"{self.address}#{anchor}"


async def show_source(datasette: Datasette, request: Request) -> Response:
    """The frame beside a report. Raises NotFound for a report that is not in the warehouse."""
    return await in_thread(_show_source, datasette, request)


async def show_page(datasette: Datasette, request: Request) -> Response:
    """A page of a PDF as an image."""
    return await in_thread(_show_page, datasette, request)


async def send_document(datasette: Datasette, request: Request) -> Response:
    """The document as it was fetched, to be saved: no browser opens it in place."""
    return await in_thread(_send_document, datasette, request)


def _show_source(datasette: Datasette, request: Request) -> Response:
    try:
        report = _report(datasette, request)
        kind, body = _body(report, _content(report.explorer.archive, report.source, report.sha256))
    except _Missing as missing:
        assets = f"{datasette.setting('base_url')}assets/"
        return _framed(_whole("", "missing", f'<p class="note">{missing}</p>', assets), status=404)
    return _framed(_whole(report.title, kind, body, report.assets), images="'self'" if kind == "pdf" else "'none'")


def _show_page(datasette: Datasette, request: Request) -> Response:
    from pipeline.explorer.frame.pdf import PdfError

    try:
        report = _report(datasette, request)
        image = _drawn(report.explorer.archive, report.source, report.sha256, int(request.url_vars["number"]))
    except (_Missing, IndexError, PdfError) as error:
        raise NotFound(f"no such page: {error}") from error
    return Response(image, headers={**_UNTRUSTED, "Cache-Control": _FOR_EVER}, content_type="image/png")


def _send_document(datasette: Datasette, request: Request) -> Response:
    try:
        report = _report(datasette, request)
        content = _content(report.explorer.archive, report.source, report.sha256)
    except _Missing as missing:
        raise NotFound(f"no document: {missing}") from missing
    name = f"{report.report}.{_ENDINGS.get(sniff(content), 'bin')}"
    headers = {
        **_UNTRUSTED,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": _FOR_EVER,
    }
    return Response(content, headers=headers, content_type="application/octet-stream")


def _report(datasette: Datasette, request: Request) -> _Report:
    explorer = explorer_of(datasette)
    if explorer.warehouse is None:
        raise _Missing(
            "There is only a release here, without the warehouse that knows where each number stands. Serve it "
            "from the data folder of the run that made it: <code>NIANBAO_DATA=FOLDER nianbao serve</code>."
        )
    source, report = request.url_vars["source"], request.url_vars["report"]
    answer = explorer.warehouse.query(
        "SELECT sha256, title, url FROM core_reports WHERE source = $1 AND report_id = $2", [source, report]
    )
    if not (found := answer.fetchall()):
        raise NotFound(f"no report {report!r} of {source!r} in the warehouse")
    sha256, title, url = found[0]
    base = datasette.setting("base_url")
    address = f"{base}report/{source}/{report}"
    return _Report(explorer, source, report, sha256, title or url, answer, address, f"{base}assets/")


def _content(archive: Archive | None, source: str, sha256: str) -> bytes:
    if archive is None:
        raise _Missing(
            "There is no archive here: the documents that the reports were read from are kept in "
            "<code>archive/</code> of the data folder. Put it beside the warehouse, and the source appears."
        )
    record = archive.find(source, sha256)
    if record is None:
        raise _Missing(
            f"The archive does not have the document {escape(sha256)} of {escape(source)}: a WARC file is missing from "
            f"<code>archive/{escape(source)}/</code>. Restore it from a backup, or fetch the report again."
        )
    try:
        return archive.get(record)
    except OSError as error:
        place = f"<code>archive/{escape(record.source)}/{escape(record.warc_file)}</code>"
        raise _Missing(
            f"The record of this document in {place} is damaged, at byte {record.warc_offset:,}. Restore the file from "
            "a backup; what was read from it before is unchanged."
        ) from error


@lru_cache(maxsize=_PAGES_KEPT)
def _drawn(archive: Archive | None, source: str, sha256: str, number: int) -> bytes:
    from pipeline.explorer.frame.pdf import draw_page

    return draw_page(_content(archive, source, sha256), number)


def _body(report: _Report, content: bytes) -> tuple[str, str]:
    """The class of the page for the frame, and what stands in it; the bytes decide how it is read."""
    kind = sniff(content)
    wanted = _wanted(report)
    try:
        if kind == "text/html":
            from pipeline.explorer.frame.html import show_html

            return "html", show_html(content, wanted, report.link)
        if kind == "text/plain":
            from pipeline.explorer.frame.text import show_text

            return "text", show_text(content, wanted, report.link)
        if kind == DOCX:
            from pipeline.explorer.frame.word import show_word

            return "word", show_word(content, wanted, report.link)
        if kind == "application/pdf":
            from pipeline.explorer.frame.pdf import PdfError, show_pdf

            try:
                return "pdf", show_pdf(content, wanted, report.link, f"{report.address}/page-{{}}.png")
            except PdfError as error:
                raise Unreadable("unreadable", f"not a whole PDF: {error}") from error
    except Unreadable as error:
        raise _Missing(f"The document cannot be shown: {escape(str(error))}. {_saved(report)}") from error
    raise _Missing(f"The document is {escape(kind)}, which is not shown. {_saved(report)}")


def _saved(report: _Report) -> str:
    return f'<a href="{escape(report.address)}/document" target="_top">Save it as it was fetched.</a>'


def _wanted(report: _Report) -> Wanted:
    """What the warehouse knows of the places of a report's numbers."""
    assert report.explorer.warehouse is not None
    rows = partial(_rows, report)
    quoted: list[Quoted] = []
    stated: dict[tuple[str, str], int] = {}
    for fact, section, start, end, text_start, text, number, label, unit in rows(
        'id, section_ordinal, start, "end", text_start, text, number_text, label, unit', "core_facts", "id"
    ):
        mark = Mark(f"f{fact}", " ".join(filter(None, (label, f"{number}{unit or ''}"))))
        quoted.append(Quoted((mark,), section, start, end, text_start, text_start + len(text)))
        stated.setdefault((number, label), len(quoted) - 1)
    observed: list[Observed] = []
    for seq, where, raw, row, column, flags in rows(
        'seq, "where", raw, raw_row, raw_column, flags', "core_observations", "seq"
    ):
        mark = Mark(f"o{seq}", " · ".join(filter(None, (row, column))))
        fact = stated.get((raw, row)) if "from_narrative" in flags else None
        if fact is None:
            observed.append(Observed(mark, json.loads(where) if isinstance(where, str) else where or {}, raw))
        else:  # an observation from prose stands where its fact does
            quoted[fact] = quoted[fact]._replace(marks=(*quoted[fact].marks, mark))
    sections = [text for (text,) in rows("text_raw", "core_sections", "ordinal")]
    return Wanted(observed, _together(quoted), sections)


def _rows(report: _Report, columns: str, name: str, order: str) -> Iterator[Any]:
    assert report.explorer.warehouse is not None
    sql = f"SELECT {columns} FROM {name} WHERE source = $1 AND report_id = $2 ORDER BY {order}"
    yield from report.explorer.warehouse.query(sql, [report.source, report.report]).fetchall()


def _together(quoted: list[Quoted]) -> list[Quoted]:
    """Facts that one number states (各1个) are marks of one place."""
    found: dict[tuple[int, int, int], Quoted] = {}
    for quote in quoted:
        key = (quote.section, quote.start, quote.end)
        first = found.get(key)
        found[key] = quote if first is None else first._replace(marks=(*first.marks, *quote.marks))
    return list(found.values())


def _whole(title: str, kind: str, body: str, assets: str) -> str:
    return (
        f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{escape(assets)}source.css"></head><body class="{kind}">{body}</body></html>'
    )


def _framed(body: str, *, status: int = 200, images: str = "'none'") -> Response:
    policy = _POLICY.format(images=images)
    return Response.html(body, status, {"Content-Security-Policy": policy, **_UNTRUSTED, "Cache-Control": "no-cache"})
