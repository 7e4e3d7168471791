"""Records of the archive in, rows of the raw tables out: what was fetched, when, and what is known of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.archive import Record
from pipeline.reading import Traits
from pipeline.sources import Source
from pipeline.trust import trust_of

__all__ = ["distinct_documents", "raw_rows"]


def raw_rows(
    source: str,
    records: Sequence[Record],
    documents: Sequence[Record],
    traits: Mapping[str, Traits],
    accounts: Sequence[tuple[Record, Mapping[str, Any]]],
    definition: Source | None,
) -> dict[str, list[tuple[Any, ...]]]:
    """Rows by table, columns in the order of `pipeline.schema`; `documents` are the distinct ones, by digest."""
    fetches = [r for r in sorted(records, key=_by_time) if r.role != "crawl"]
    return {
        "raw_fetches": [_fetch(r) for r in fetches],
        "raw_documents": list(_document_rows(source, fetches, documents, traits, definition)),
        "raw_crawls": [_crawl(r, account) for r, account in accounts],
    }


def distinct_documents(records: Sequence[Record]) -> list[Record]:
    """The first record of each distinct document, by digest."""
    first: dict[str, Record] = {}
    for record in sorted(records, key=_by_time):
        if record.is_document:
            first.setdefault(record.sha256, record)
    return sorted(first.values(), key=lambda r: r.sha256)


def _by_time(record: Record) -> tuple[bool, str, str]:
    """Records without a time come last: the first one seen is the first that is known."""
    return record.fetched_at is None, record.fetched_at or "", record.fetch_id


def _fetch(r: Record) -> tuple[Any, ...]:
    return (
        r.fetch_id, r.source, r.url, r.fetched_at, r.status, r.outcome, r.reason, r.role, r.via, r.title, r.sha256,
        r.document, r.bytes, r.warc_file, r.warc_offset,
    )  # fmt: skip


def _document_rows(
    source: str,
    fetches: Sequence[Record],
    documents: Sequence[Record],
    traits: Mapping[str, Traits],
    definition: Source | None,
) -> list[tuple[Any, ...]]:
    met = (r for r in fetches if r.outcome in ("kept", "unchanged"))
    last_seen = {r.document: r.fetched_at for r in sorted(met, key=lambda r: r.fetched_at or "")}
    rows = []
    for d in documents:
        known = traits[d.sha256]
        trust = trust_of(d.url, definition, json.loads(known.damages))
        rows.append(
            (
                source, d.sha256, d.media_type, d.url, d.title, d.via, d.fetched_at,
                last_seen.get(d.sha256, d.fetched_at), trust, known.damages, known.is_list, None, known.sketch,
            )
        )  # fmt: skip
    return rows


def _crawl(r: Record, account: Mapping[str, Any]) -> tuple[Any, ...]:
    plain = ("started_at", "finished_at", "state", "complete", "lists", "links", "found", "new", "changed", "unchanged")
    listed = ("rejected", "failed", "blocked", "left", "issues")
    return (
        r.source, r.fetch_id, *(account.get(name) for name in (*plain, "reports")),
        *(json.dumps(account.get(name), ensure_ascii=False) for name in listed),
    )  # fmt: skip
