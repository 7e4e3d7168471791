"""Tables that arrive as lines of prose: rows and cells found again by the forms' labels.

Some extractors print one cell a line, or a row as words and figures with spaces between,
or lose the separators altogether. A run of such lines becomes a grid of which only the
order of cells in a row is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from parsers.lookups import Lexicon
from parsers.models import Block, Cell, Grid, Paragraph, Where
from parsers.sections import section_of
from parsers.values import is_unit

__all__ = ["recover_tables"]

_FEWEST_LABELS = 3
_FEWEST_TOKENS = 6
_LONGEST_LINE = 4000
_SPACE_AT_CHINESE = re.compile(
    r"(?<=[^\x00-\x7f])\s+(?=[\d(（一二三四五六七八九十①-⑳])|(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])"
)
_NUMBER = re.compile(r"[+\-－＋增减↑↓]?\d[\d,，.增减+\-]*(?:万元|亿元|元|[条件项个次人篇])?|[/／—－-]+|无")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    is_label: bool
    where: Where


def recover_tables(blocks: Sequence[Block], lexicon: Lexicon) -> tuple[Block, ...]:
    """Blocks with every run of table-like lines replaced by the grid it was.

    A line is table-like when it holds nothing but labels of the forms, figures and units.
    """
    result: list[Block] = []
    run: list[Paragraph] = []
    tokens: list[_Token] = []

    def close() -> None:
        labels = sum(token.is_label for token in tokens)
        figures = len(tokens) - labels
        if labels >= _FEWEST_LABELS and figures and len(tokens) >= _FEWEST_TOKENS:
            result.append(_grid(tokens, lexicon))
        else:
            result.extend(run)
        run.clear()
        tokens.clear()

    for block in blocks:
        found = _tokens(block, lexicon) if isinstance(block, Paragraph) else None
        if isinstance(block, Paragraph) and found:
            run.append(block)
            tokens.extend(found)
            continue
        close()
        result.append(block)
    close()
    return tuple(result)


def _tokens(paragraph: Paragraph, lexicon: Lexicon) -> list[_Token] | None:
    """The labels and figures of a line; None when it says anything else."""
    text = paragraph.text
    if "。" in text or len(text) > _LONGEST_LINE or section_of(text):
        return None
    where = paragraph.where
    if (figures := _figures(text)) is not None:
        return [_Token(figure, False, where) for figure in figures]
    if lexicon.match(text).labels or lexicon.role(text):
        return [_Token(text, True, where)]
    tokens: list[_Token] = []
    text = _SPACE_AT_CHINESE.sub("", text)
    position = 0
    for found in _label_pattern(lexicon).finditer(text):
        between = text[position : found.start()]
        if (figures := _figures(between)) is None:
            return None
        tokens += [_Token(figure, False, where) for figure in figures]
        tokens.append(_Token(found.group(), True, where))
        position = found.end()
    if not tokens or (figures := _figures(text[position:])) is None:
        return None
    return [*tokens, *(_Token(figure, False, where) for figure in figures)]


def _figures(text: str) -> list[str] | None:
    """The figures in text between labels; None when there are other words."""
    figures = []
    for part in text.split():
        part = part.strip("：:；;|")
        if not part:
            continue
        if not (_NUMBER.fullmatch(part) or is_unit(part)):
            return None
        figures.append(part)
    return figures


@lru_cache(maxsize=2)
def _label_pattern(lexicon: Lexicon) -> re.Pattern[str]:
    """One pattern for every wording, the longest first, ordinals and punctuation optional."""
    wordings = sorted(lexicon.wordings(), key=len, reverse=True)
    alternatives = "|".join(_flexible(wording) for wording in wordings if len(wording) > 1)
    ordinal = r"(?:[（(][一二三四五六七八九十\d]{1,2}[)）]|[一二三四五六七八九十]{1,2}、|\d[.．、])?"
    return re.compile(f'{ordinal}[“"（(]?(?:{alternatives})[”"’）)]{{0,2}}(?:[（(][^（）()\\d]{{3,60}}[)）])?')


def _flexible(wording: str) -> str:
    return r"[“”\"‘’、，,:：/（(）)\s]{0,2}".join(re.escape(char) for char in wording)


def _grid(tokens: Sequence[_Token], lexicon: Lexicon) -> Grid:
    rows = [tuple(_cells(row, y)) for y, row in enumerate(_rows(tokens, lexicon))]
    return Grid(tuple(rows), "rows", tokens[0].where)


def _cells(row: Sequence[_Token], y: int) -> Iterator[Cell]:
    for x, token in enumerate(row):
        yield Cell(token.text, y, x, 1, 1, token.where)


def _rows(tokens: Sequence[_Token], lexicon: Lexicon) -> Iterator[list[_Token]]:
    """Tokens in reading order -> rows: a row label after figures, or after the header, opens one."""
    row: list[_Token] = []
    for token in tokens:
        if row and _opens_row(row, token, lexicon):
            yield row
            row = []
        row.append(token)
    if row:
        yield row


def _opens_row(row: Sequence[_Token], token: _Token, lexicon: Lexicon) -> bool:
    previous = row[-1]
    if not token.is_label:
        # Figures after a header that names rows and columns are a row of their own.
        return previous.is_label and not _names_row(previous.text, lexicon)
    if not previous.is_label:
        return True
    names_row, before = _names_row(token.text, lexicon), _names_row(previous.text, lexicon)
    return names_row != before or (names_row and not _is_heading_over(previous.text, token.text, lexicon))


def _is_heading_over(upper: str, lower: str, lexicon: Lexicon) -> bool:
    headings = {label.words for label in lexicon.match(upper).labels if label.code is None}
    return any(headings & set(label.above) for label in lexicon.match(lower).labels)


def _names_row(text: str, lexicon: Lexicon) -> bool:
    """Whether a label stands at the left of a row rather than in the header."""
    match = lexicon.match(text)
    rows = [label for label in match.labels if label.axis == "row" and not lexicon.has_rows_in_header(label.table)]
    if not rows:
        return False
    only_rows = all(label.axis == "row" for label in match.labels)
    return only_rows or any(match.ordinal is not None and match.ordinal == label.ordinal for label in rows)
