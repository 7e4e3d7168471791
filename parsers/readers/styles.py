"""Elements in, whether a reader of the page sees them: hidden, struck out, raised above the line.

Only what stands on the element or in the page's own style sheet counts; no script is run.
"""

from __future__ import annotations

import re

from lxml import etree

__all__ = [
    "INLINE",
    "STRUCK_TAGS",
    "apply_styles",
    "is_hidden",
    "is_raised",
    "is_removed",
    "is_row_hidden",
    "is_special",
    "is_struck",
]

INLINE = frozenset(
    ["a", "abbr", "acronym", "b", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd",
     "label", "mark", "o:p", "q", "s", "samp", "small", "span", "strike", "strong", "st1:chsdate", "sub", "sup",
     "tt", "u", "var", "wbr", "img"]
)  # fmt: skip
_REMOVED = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|(?:left|text-indent)\s*:\s*-\d{4,}", re.IGNORECASE)
_INVISIBLE = re.compile(r"visibility\s*:\s*(?:hidden|collapse)", re.IGNORECASE)
_RAISED = re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE)
_STRUCK = re.compile(r"text-decoration[a-z-]*\s*:[^;]*line-through", re.IGNORECASE)
STRUCK_TAGS = frozenset(["del", "s", "strike"])
_UNSEEN = re.compile(f"{_REMOVED.pattern}|{_INVISIBLE.pattern}", re.IGNORECASE)
_SPECIAL = re.compile(f"{_UNSEEN.pattern}|{_RAISED.pattern}|{_STRUCK.pattern}", re.IGNORECASE)
_STYLE_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_CLASS_SELECTOR = re.compile(r"([a-z]+\d?)?\.([\w-]+)", re.IGNORECASE)
_HIDDEN_BY_CLASS = INLINE | {"td", "th", "tr"}


def apply_styles(root: etree._Element) -> None:
    """Write what the page's own style sheet hides or strikes out on the words and cells of those classes.

    Larger elements stay: scripts show and hide them, as with tabs.
    """
    hiding: dict[str, list[tuple[str | None, str]]] = {}
    for sheet in root.iter("style"):
        for selectors, rules in _STYLE_RULE.findall(sheet.text or ""):
            if _REMOVED.search(rules) or _STRUCK.search(rules):
                last = (selector.split()[-1] for selector in selectors.split(",") if selector.strip())
                for found in filter(None, map(_CLASS_SELECTOR.fullmatch, last)):
                    hiding.setdefault(found[2], []).append((found[1], rules))
    for element in root.iterfind(".//*[@class]") if hiding else ():
        if element.tag in _HIDDEN_BY_CLASS:
            for name in element.get("class", "").split():
                for tag, rules in hiding.get(name, ()):
                    if tag in (None, element.tag):
                        element.set("style", f"{element.get('style', '')};{rules}")


def is_hidden(element: etree._Element) -> bool:
    style = element.get("style")
    return (style is not None and _UNSEEN.search(style) is not None) or element.get("hidden") is not None


def is_removed(element: etree._Element) -> bool:
    """Whether an element is not even given a place."""
    attributes = element.attrib
    if not attributes:
        return False
    style = attributes.get("style")
    return bool(style and _REMOVED.search(style)) or "hidden" in attributes


def is_row_hidden(row: etree._Element) -> bool:
    group = row.getparent()
    return is_hidden(row) or (group is not None and len(group.attrib) > 0 and is_hidden(group))


def is_special(element: etree._Element) -> bool:
    """Whether an element's words are not simply those of its cell: unseen, raised or struck out."""
    style = element.attrib.get("style")
    return bool(style and _SPECIAL.search(style)) or "hidden" in element.attrib


def is_struck(element: etree._Element) -> bool:
    style = element.attrib.get("style")
    return element.tag in STRUCK_TAGS or bool(style and _STRUCK.search(style))


def is_raised(element: etree._Element) -> bool:
    style = element.attrib.get("style")
    return element.tag == "sup" or bool(style and _RAISED.search(style))
