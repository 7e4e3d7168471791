"""The raw layer: what was fetched, and what is known of it from outside."""

from pipeline.schema.models import SOURCE, Table, column

__all__ = ["RAW"]

RAW = (
    Table(
        "raw_fetches",
        "Every exchange with a site and every document added by hand.",
        # Not the id alone: one WARC file may belong to two sources.
        ("source", "fetch_id"),
        (
            column("fetch_id", "text", "WARC-Record-ID; `FILE:OFFSET` of a record without one; unique in a source."),
            SOURCE,
            column("url", "text", "Address it came from; `file:` and a relative path for local files."),
            column("fetched_at", "timestamp", "When, UTC; NULL where the WARC file names no time."),
            column("status", "integer", "HTTP status; NULL for local files, and where nothing answered."),
            column(
                "outcome",
                "text",
                "`kept` (a body), `unchanged` (the document is known), `redirected`, `blocked` (the site refuses), "
                "`failed`.",
            ),
            column(
                "reason",
                "text",
                "Why it is no document: `truncated` (less came than the server promised), `http_STATUS`, `challenge`, "
                "`robots`, `timeout`, `off_site`, `private_address` ...",
            ),
            column("role", "text", "What the crawl wanted: `list`, `link`, `robots`; NULL for what was added by hand."),
            column("via", "text", "Address of the page that led to it."),
            column("title", "text", "Text of the link that led to it."),
            column("sha256", "text", "Digest of the bytes."),
            column("document", "text", "sha256 of the document seen: of an unchanged one, the earlier fetch's."),
            column("bytes", "integer", "Length.", "byte"),
            column("warc_file", "text", "File under archive/SOURCE/."),
            column("warc_offset", "integer", "Where its record starts.", "byte"),
        ),
    ),
    Table(
        "raw_documents",
        "Every distinct document of a source.",
        ("source", "sha256"),
        (
            SOURCE,
            column("sha256", "text", "Digest of the bytes."),
            column("media_type", "text", "What the bytes are, whatever the file is called."),
            column("url", "text", "Address it was first found at."),
            column("title", "text", "Text of the link that led to it; NULL for local files."),
            column("via", "text", "Address of the page that led to it."),
            column("first_seen_at", "timestamp", "First fetch, UTC."),
            column("last_seen_at", "timestamp", "Last fetch that met it, UTC."),
            column(
                "trust",
                "text",
                "`official`, `ip_host`, `mirror`, `hijacked` (its words were tampered with); `local` for files added "
                "by hand.",
            ),
            column("damages", "json", "Signs of tampering: betting_phrases, pinyin, traditional_script."),
            column("is_list", "boolean", "Whether it is a list of links: its items stand in raw_links."),
            column("copy_of", "text", "sha256 of the official document that this one, elsewhere, is a copy of."),
            column("sketch", "json", "Hashes of its words and numbers; copies share most of them."),
        ),
    ),
    Table(
        "raw_links",
        "What the lists of a source named, each state of each list page.",
        ("source", "list_id", "ordinal"),
        (
            SOURCE,
            column("list_id", "text", "First 16 hex digits of the list page's sha256."),
            column("ordinal", "integer", "Place on the page, from 0."),
            column("list_url", "text", "Address of the list page."),
            column("url", "text", "Address that is linked."),
            column("title", "text", "Its full title."),
            column("listed_on", "date", "Date printed beside it."),
            column("agency", "text", "Organ that the title names, if it is that of a report."),
            column("year", "integer", "Report year that the title names."),
        ),
    ),
    Table(
        "raw_crawls",
        "Every crawl of a source that ended.",
        ("source", "crawl_id"),
        (
            SOURCE,
            column("crawl_id", "text", "WARC-Record-ID of its account."),
            column("started_at", "timestamp", "UTC; of one that was interrupted and gone on with, its first start."),
            column("finished_at", "timestamp", "UTC."),
            column("state", "text", "`done`, or `blocked`: the site refused and was left alone."),
            column("complete", "boolean", "Whether every list showed what it promises and every document arrived."),
            column("lists", "integer", "Lists that were read."),
            column("links", "integer", "Different addresses they name."),
            column("found", "integer", "Documents that arrived, unchanged ones included."),
            column("new", "integer", "Of them at addresses not known before."),
            column("changed", "integer", "Of them with another text than before."),
            column("unchanged", "integer", "Of them known."),
            column("reports", "integer", "Annual reports among them."),
            column("rejected", "json", "Documents that are none, by reason."),
            column("failed", "json", "Requests that failed for good, by reason."),
            column("blocked", "json", "Requests that the site refused, by reason."),
            column("left", "json", "Links not followed, by reason."),
            column("issues", "json", "What was not as it should be: kind and message."),
        ),
    ),
)
