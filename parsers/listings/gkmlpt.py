"""Column pages of Guangdong's disclosure platform in, the call for their articles out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from parsers.listings.models import ListPage
from parsers.listings.names import is_column

__all__ = ["read_calls"]

_SITE = re.compile(r"""\bSID['"]?\s*[:=]\s*['"]?(\d{1,12})""")
_IN_FRAGMENT = re.compile(r"^!?/?(?:\w+/)?(\d{1,9})$")
_IN_PATH = re.compile(
    r"/gkmlpt/(?:index|policy|guide|annual\w*|column|list|cata\w*|mindex|api/all)?/?(\d{1,9})(?:[/?#.]|$)"
)
_IN_SCRIPT = re.compile(
    r"""\b(?:column_?id|col_?id|columnid|category_?id|cate_?id|classify_?id|cid|column|COLUMN_ID|CID|catalog_?id)['"]?\s*[:=]\s*['"]?(\d{1,9})\b""",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"\{[^{}\[\]]{0,1000}")
_ID = re.compile(r"""['"]?\bid['"]?\s*:\s*['"]?(\d{1,9})\b""")
_NAME = re.compile(r"""['"]?\b(?:name|title|label)['"]?\s*:\s*(?:'([^']{1,60})'|"([^"]{1,60})")""")


def read_calls(text: str, url: str) -> tuple[ListPage, ...]:
    """The calls for the first articles of the column; none when the page is of another family.

    The column is told by the fragment or the path of the address, else by the script, else
    by the tree of columns in it: those named as annual reports.
    """
    site = _SITE.search(text)
    if not site or "gkmlpt" not in text + url:
        return ()
    parts = urlsplit(url)
    root, mark, _ = parts.path.partition("/gkmlpt")
    if not mark:
        named = re.search(r"""['"]((?:/[\w-]+)?)/gkmlpt\b""", text)
        root = named[1] if named else ""
    api = f"{parts.scheme}://{parts.netloc}{root}/gkmlpt/api/all"
    return tuple(ListPage(f"{api}/{column}?page=1&sid={site[1]}") for column in _columns(text, url))


def _columns(text: str, url: str) -> list[str]:
    parts = urlsplit(url)
    for found in (_IN_FRAGMENT.match(parts.fragment), _IN_PATH.search(parts.path)):
        if found:
            return [found[1]]
    reports = [column for column, name in _tree(text) if is_column(name)]
    if reports:
        return list(dict.fromkeys(reports))
    found_in_script = _IN_SCRIPT.search(text)
    return [found_in_script[1]] if found_in_script else []


def _tree(text: str) -> list[tuple[str, str]]:
    """(column, its name) of every branch in the script's tree of columns."""
    branches = ((_ID.search(piece), _NAME.search(piece)) for piece in _BRANCH.findall(text))
    return [(column[1], _spelled(name[1] or name[2])) for column, name in branches if column and name]


def _spelled(name: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), name)
