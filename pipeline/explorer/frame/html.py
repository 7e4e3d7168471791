"""An archived page and what is looked for in it in, HTML out that shows its words and loads and runs nothing.

The page is written anew from the elements that the reader told apart: a few structural tags
without any attribute of the page's, words escaped, our own marks. That is then cleaned by
nh3, as a browser would parse it, until cleaning changes nothing: what a browser makes of it
is what nh3 saw.
"""

from collections.abc import Mapping, Sequence

import nh3
from lxml import etree

from parsers.errors import Unreadable
from parsers.readers.html import SKIPPED, Tree, field_text, read_tree
from parsers.readers.styles import INLINE, STRUCK_TAGS, is_hidden, is_raised, is_removed, is_struck
from pipeline.explorer.frame.marks import (
    Link,
    Mark,
    Marked,
    Observed,
    Token,
    Wanted,
    Words,
    anchors,
    figures,
    open_link,
    render,
)
from pipeline.explorer.frame.quotes import find_paragraphs, mark_quotes

__all__ = ["clean", "show_html"]

_TAGS = {
    "div", "span", "a", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "table", "tbody", "tr", "td",
}  # fmt: skip
_CLASSES = {"p", "li", "b", "i", "u", "s", "sup", "sub", "field", "scroll", "mark", "cell"}
_OF_ALL = {"id", "class", "title"}
_ATTRIBUTES = dict.fromkeys(_TAGS, _OF_ALL) | {
    "a": _OF_ALL | {"href", "target"},
    "td": _OF_ALL | {"colspan", "rowspan"},
}
_LOOKS = {
    "b": "b", "strong": "b", "th": "b", "i": "i", "em": "i", "u": "u", "sup": "sup", "sub": "sub",
    "s": "s", "del": "s", "strike": "s",
}  # fmt: skip
_BLOCKS = {"p": "p", "li": "li", "dd": "li", "caption": "p", "dt": "p", "blockquote": "p", "pre": "p"}
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_DEEPEST = 200  # deeper elements show their words only: browsers stop at 512
_WIDEST = 1000
_CLEANINGS = 4

_FLOW, _TABLE, _ROW = "flow", "table", "row"


def show_html(content: bytes, wanted: Wanted, link: Link) -> str:
    """The body of a page for the frame."""
    tree = read_tree(content)
    tokens = _Writer(tree, wanted.by_cell(), link).tokens
    mark_quotes(tokens, wanted)
    _mark_paragraphs(tokens, tree, wanted)
    return clean(render(tokens, link), link)


def clean(body: str, link: Link) -> str:
    """HTML with nothing in it but what `_TAGS` and `_ATTRIBUTES` allow and links to the report page.

    Raises Unreadable where cleaning does not come to an end: what a browser sees is then unknown.
    """
    ours = link("")

    def kept(_: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return value if value.startswith(ours) else None
        if attribute == "target":
            return "_top"
        if attribute == "class":
            return value if _CLASSES.issuperset(value.split()) else None
        return value if attribute != "id" or (value[:1] in "of" and value[1:].isdigit()) else None

    cleaner = nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=set(SKIPPED) - {"input", "map", "head"},
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        link_rel=None,
        url_schemes={"http", "https"},
    )
    for _ in range(_CLEANINGS):
        cleaned = cleaner.clean(body)
        if cleaned == body:
            return cleaned
        body = cleaned
    raise Unreadable("unreadable", "the page is marked up so that it never reads the same twice")


class _Writer:
    """The tokens of a page, gathered while its elements are walked."""

    def __init__(self, tree: Tree, marks: Mapping[tuple[int, int, int], list[Mark]], link: Link) -> None:
        self.tokens: list[Token] = []
        self._marks = {element: marks.get(place, []) for place, element in tree.cells.items()}
        self._link = link
        self._skip_hidden = not tree.hidden
        self._contexts: list[str] = [_FLOW]
        self._closing: list[str] = []  # for each open element what closes it; words only beyond `_DEEPEST`
        self._leaving: list[bool] = []  # for each open element whether a context ends with it
        self._depth = 0
        self._in_cell = 0
        self._struck = 0
        if tree.root is not None:
            self._walk(tree.root)

    def _walk(self, root: etree._Element) -> None:
        walker = etree.iterwalk(root, events=("start", "end"))
        left_out: etree._Element | None = None
        for event, element in walker:
            if event == "end":
                if element is left_out:
                    left_out = None
                else:
                    self._close(element)
                if element is not root:
                    self._say(element.tail)
                continue
            if self._is_left_out(element):
                left_out = element
                if element.tag in ("td", "th") and not is_removed(element):
                    self.tokens.append("<td></td>")  # unseen, but its place stays
                elif self._in_cell and (text := field_text(element)) is not None:
                    self.tokens += ['<span class="field">', Words(text, prose=False), "</span>"]
                walker.skip_subtree()
                continue
            self._open(element)
            self._say(element.text)

    def _is_left_out(self, element: etree._Element) -> bool:
        return element.tag in SKIPPED or (self._skip_hidden and is_hidden(element))

    def _say(self, text: str | None) -> None:
        if not text:
            return
        last = self.tokens[-1] if self.tokens else ""
        prose = not self._in_cell and not self._struck
        if isinstance(last, Words) and last.prose == prose:
            last.text += text
        else:
            self.tokens.append(Words(text, prose))

    def _open(self, element: etree._Element) -> None:
        tag = element.tag
        self._struck += tag in STRUCK_TAGS
        opening, closing, context = "", "", None
        if self._depth < _DEEPEST:
            opening, closing, context = self._markup(element, tag, self._contexts[-1])
        if tag in ("td", "th") and element in self._marks:
            self._in_cell += 1
        if opening:
            self.tokens.append(opening)
        self._depth += bool(closing)
        self._closing.append(closing)
        self._leaving.append(context is not None)
        if context is not None:
            self._contexts.append(context)

    def _close(self, element: etree._Element) -> None:
        self._struck -= element.tag in STRUCK_TAGS
        if element.tag in ("td", "th") and element in self._marks:
            self._in_cell -= 1
        if closing := self._closing.pop():
            self._depth -= 1
            self.tokens.append(closing)
        if self._leaving.pop():
            self._contexts.pop()

    def _markup(self, element: etree._Element, tag: str, context: str) -> tuple[str, str, str | None]:
        """What opens and closes an element, and the context that it begins."""
        if tag == "table":
            # A table that stands between the cells of another is in a cell of its own.
            before, after = {_FLOW: ("", ""), _TABLE: ("<tr><td>", "</td></tr>"), _ROW: ("<td>", "</td>")}[context]
            opening = f'{before}<div class="scroll"><table><tbody>'
            return opening, f"</tbody></table></div>{after}", _TABLE
        if tag == "tr" and context == _TABLE:
            return "<tr>", "</tr>", _ROW
        if tag in ("td", "th"):
            return self._cell(element, tag, context)
        if context != _FLOW:
            return "", "", None
        if look := "sup" if is_raised(element) else "s" if is_struck(element) else _LOOKS.get(tag):
            return f'<span class="{look}">', "</span>", None
        if tag in _HEADINGS:
            return f"<{tag}>", f"</{tag}>", None
        if tag in ("br", "hr"):
            return f"<{tag}>", "", None
        if tag in INLINE or not isinstance(tag, str):
            return "", "", None
        kind = _BLOCKS.get(tag)
        if kind is None and _is_shell(element):
            return "", "", None
        return (f'<div class="{kind}">' if kind else "<div>"), "</div>", None

    def _cell(self, element: etree._Element, tag: str, context: str) -> tuple[str, str, str | None]:
        marks = self._marks.get(element, [])
        linked = f"{open_link(marks, self._link)}{anchors(marks[1:])}" if marks else ""
        begun, ended = ('<span class="b">', "</span>") if tag == "th" else ("", "")
        closing = f"{ended}{'</a>' if marks else ''}"
        named = f' id="{marks[0].anchor}" class="cell"' if marks else ""
        if context == _FLOW:  # a cell outside any table
            return f"<div{named}>{linked}{begun}", f"{closing}</div>", None
        spans = "".join(f' {name}="{n}"' for name in ("colspan", "rowspan") if (n := _span(element, name)) is not None)
        return f"<td{named}{spans}>{linked}{begun}", f"{closing}</td>", _FLOW


def _is_shell(element: etree._Element) -> bool:
    """Whether an element holds one other block and nothing else: pages wrap what they show many times over."""
    if len(element) != 1 or (element.text and element.text.strip()):
        return False
    child = element[0]
    return child.tag not in INLINE and child.tag not in SKIPPED and not (child.tail and child.tail.strip())


def _span(element: etree._Element, name: str) -> int | None:
    digits = (element.get(name) or "").strip()
    return min(int(digits), _WIDEST) if digits.isdecimal() and digits.isascii() and len(digits) < 8 else None


def _mark_paragraphs(tokens: Sequence[Token], tree: Tree, wanted: Wanted) -> None:
    """Mark what stands in a paragraph and is no quoted number: the figures of tables that arrive as lines."""
    in_lines = [o for o in wanted.observed if o.cell is None and "paragraph" in o.where]
    if not in_lines:
        return
    prose = [token for token in tokens if isinstance(token, Words) and token.prose]
    places = find_paragraphs([words.text for words in prose], tree.paragraphs)
    by_paragraph: dict[int, list[Observed]] = {}
    for observed in in_lines:
        by_paragraph.setdefault(observed.where["paragraph"], []).append(observed)
    for number, here in by_paragraph.items():
        spans = places[number - 1] if 0 < number <= len(places) else ()
        if len(spans) == 1:
            words, start = prose[spans[0].text], spans[0].start
            found = figures(words.text[start : spans[0].end], here)
            words.marks += [m._replace(start=m.start + start, end=m.end + start) for m in found]
        else:
            marks = [observed.mark for observed in here]
            for n, span in enumerate(spans):
                prose[span.text].marks.append(Marked(span.start, span.end, marks, named=n == 0))
