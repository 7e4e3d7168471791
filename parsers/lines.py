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

__all__ = ["recover_tables"]

_FEWEST_LABELS = 3
_FEWEST_TOKENS = 6
_LONGEST_LINE = 4000
_LONGEST_PIECE = 60  # characters of a line that may be part of a broken label
_MOST_LINES = 8
_LONGEST_LABEL = 120
_LONGEST_HEADING = 8  # characters of a value column's heading
_MONEY = "亿元|千万元|百万元|万元|千元|元"
_COUNT = "人次|条次|篇次|场次|件次|[条件项个次人篇份户期家场件宗]"
_FIGURE = re.compile(rf"[+\-－＋增减↑↓]?\d[\d,，.增减+\-]*(?:{_MONEY}|{_COUNT})?|(?:{_MONEY}|{_COUNT})|[/／—－-]+|无")
_FIGURES_AT_END = re.compile(rf"(?P<words>.*?[^\d\s,，.])\s+(?P<figures>(?:(?:{_FIGURE.pattern})\s*)+)")
_LOOSE = re.compile(r"[“”\"‘’、，,:：/（(）)《》\s]{0,2}")  # between the characters of a label
_LEAD = re.compile(
    r"(?:(?:其中[：:]?)?(?:[（(][一二三四五六七八九十\d]{1,2}[)）]|[一二三四五六七八九十]{1,2}、|\d[.．、])?\s?)"
    r"[“\"（(]?"
)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    is_label: bool
    where: Where


def recover_tables(blocks: Sequence[Block], lexicon: Lexicon) -> tuple[Block, ...]:
    """Blocks with every run of table-like lines replaced by the grid it was.

    A line is table-like when it holds nothing but labels of the forms, figures and units;
    a label may be broken over the line's end.
    """
    result: list[Block] = []
    run: list[Block] = []
    tokens: list[_Token] = []
    open_table = False

    def close() -> bool:
        """Add what was gathered; whether a table is open, which a line of other words interrupts only."""
        labels = _labels(tokens)
        enough = labels >= _FEWEST_LABELS and len(tokens) >= _FEWEST_TOKENS
        goes_on = open_table and labels > 0 and _names_row(tokens[0].text, lexicon)
        is_table = labels < len(tokens) and (enough or goes_on)
        result.extend([_grid(tokens, lexicon)] if is_table else run)
        run.clear()
        tokens.clear()
        return is_table or open_table

    position = 0
    while position < len(blocks):
        found, used = _tokens_at(blocks, position, lexicon)
        block = blocks[position]
        if found is None and tokens and isinstance(block, Paragraph) and _is_group_row(blocks, position, lexicon):
            found = [_Token(block.text, True, block.where)]
        if found:
            run.extend(blocks[position : position + used])
            tokens.extend(found)
        else:
            open_table = close() and not (isinstance(block, Grid) or section_of(block.text))
            result.append(block)
        position += used
    close()
    return tuple(result)


def _is_group_row(blocks: Sequence[Block], position: int, lexicon: Lexicon) -> bool:
    """Whether a line that is the title of a section too stands between the rows of a table."""
    line, *following = blocks[position : position + 2]
    if not isinstance(line, Paragraph) or not lexicon.match(line.text).labels or not following:
        return False
    return _tokens_at(blocks, position + 1, lexicon)[0] is not None


def _tokens_at(blocks: Sequence[Block], position: int, lexicon: Lexicon) -> tuple[list[_Token] | None, int]:
    """The tokens of the line at a position, and how many blocks it takes: a broken label takes more."""
    block = blocks[position]
    if not isinstance(block, Paragraph):
        return None, 1
    found, used = _tokens(block.text, block.where, lexicon), 1
    if not _may_go_on(block) or not (found or lexicon.begins(block.text)):
        return found, used
    texts = [block.text]
    for following in blocks[position + 1 : position + _MOST_LINES]:
        if not isinstance(following, Paragraph) or not _may_go_on(following):
            break
        if found is not None and _tokens(following.text, following.where, lexicon) is not None:
            break
        texts.append(following.text)
        joined = _joined(texts, block.where, lexicon)
        if joined is not None and (found is None or _labels(joined) == _labels(found)):
            found, used = joined, len(texts)
    return found, used


def _joined(texts: Sequence[str], where: Where, lexicon: Lexicon) -> list[_Token] | None:
    """The tokens of lines that make one: a label broken over them, its figures at the end of one."""
    words: list[str] = []
    figures: list[str] = []
    for text in texts:
        split = _FIGURES_AT_END.fullmatch(text)
        if split and figures:
            return None
        words.append(split["words"] if split else text)
        figures += _figures(split["figures"]) or [] if split else []
    tokens = _tokens("".join(words), where, lexicon)
    if not tokens or (figures and not all(token.is_label for token in tokens)):
        return None
    return [*tokens, *(_Token(figure, False, where) for figure in figures)]


def _labels(tokens: Sequence[_Token]) -> int:
    return sum(token.is_label for token in tokens)


def _may_go_on(block: Paragraph) -> bool:
    return len(block.text) <= _LONGEST_PIECE and "。" not in block.text


def _tokens(text: str, where: Where, lexicon: Lexicon) -> list[_Token] | None:
    """The labels and figures of a line; None when it says anything else."""
    if "。" in text or len(text) > _LONGEST_LINE or section_of(text):
        return None
    if (figures := _figures(text)) is not None:
        return [_Token(figure, False, where) for figure in figures]
    if len(text) <= _LONGEST_LABEL and (lexicon.match(text).labels or lexicon.role(text)):
        return [_Token(text, True, where)]
    if not lexicon.begins(text) and _between(text.split(None, 1)[0], where, lexicon) is None:
        return None  # most lines of prose end here
    return _tokens_of_mixed(text, where, lexicon)


def _tokens_of_mixed(text: str, where: Where, lexicon: Lexicon) -> list[_Token] | None:
    """Labels and what stands between them, from left to right."""
    tokens: list[_Token] = []
    start = position = 0
    while position < len(text):
        end = _label_end(text, position, lexicon)
        if end is None and not text[position].isspace():
            position += 1
            continue
        if (between := _between(text[start:position], where, lexicon)) is None:
            return None
        tokens += between
        if end is not None:
            tokens.append(_Token(text[position:end], True, where))
        start = position = end or position + 1
    rest = _between(text[start:], where, lexicon)
    return None if rest is None else [*tokens, *rest] or None


def _between(text: str, where: Where, lexicon: Lexicon) -> list[_Token] | None:
    """What stands between labels: figures, or short headings of value columns; None for other words."""
    tokens: list[_Token] = []
    for part in text.split():
        figures = _figures(part)
        if figures is not None:
            tokens += [_Token(figure, False, where) for figure in figures]
        elif len(part) <= _LONGEST_HEADING and lexicon.value_heading(part):
            tokens.append(_Token(part, True, where))
        else:
            return None
    return tokens


def _figures(text: str) -> list[str] | None:
    """The figures, units and marks that a text consists of; None when there are other words."""
    figures: list[str] = []
    for part in text.split():
        bare = part.strip("：:；;|")
        position = 0
        while position < len(bare):
            found = _FIGURE.match(bare, position)
            if not found or not found.group():
                return None
            figures.append(found.group())
            position = found.end()
    return figures


def _label_end(text: str, position: int, lexicon: Lexicon) -> int | None:
    """Where the longest wording that begins at a position ends, its ordinal before it and a remark behind."""
    lead = _LEAD.match(text, position)
    for begin in (lead.end(), position) if lead and lead.end() > position else (position,):
        behind = _LOOSE.match(text, begin + 1)
        first = text[begin : begin + 1] + (text[behind.end() : behind.end() + 1] if behind else "")
        if (pattern := _wordings_from(first, lexicon)) and (found := pattern.match(text, begin)):
            return found.end()
    return None


@lru_cache(maxsize=1024)
def _wordings_from(first: str, lexicon: Lexicon) -> re.Pattern[str] | None:
    """One pattern for every wording with those first two characters, the longest first, punctuation optional."""
    found = [wording for wording in lexicon.wordings() if len(first) > 1 and wording[:2] == first]
    if not found:
        return None
    alternatives = "|".join(_flexible(wording) for wording in sorted(found, key=lambda w: (-len(w), w)))
    return re.compile(f'(?:{alternatives})[”"’）)]{{0,2}}(?:[（(][^（）()]{{3,60}}[)）])?')


def _flexible(wording: str) -> str:
    return _LOOSE.pattern.join(re.escape(char) for char in wording)


def _grid(tokens: Sequence[_Token], lexicon: Lexicon) -> Grid:
    rows = [tuple(_cells(row, y)) for y, row in enumerate(_rows(tokens, lexicon))]
    return Grid(tuple(rows), "rows", tokens[0].where)


def _cells(row: Sequence[_Token], y: int) -> Iterator[Cell]:
    for x, token in enumerate(row):
        yield Cell(token.text, y, x, 1, 1, token.where)


def _rows(tokens: Sequence[_Token], lexicon: Lexicon) -> Iterator[list[_Token]]:
    """Tokens in reading order -> rows: a row label after figures, or after the header, opens one."""
    row: list[_Token] = []
    pairs = _pairs(tokens)
    for position, token in enumerate(tokens):
        if row and _opens_row(row[-1], token, position in pairs, lexicon):
            yield row
            row = []
        row.append(token)
    if row:
        yield row


def _pairs(tokens: Sequence[_Token]) -> set[int]:
    """Where labels with one figure each stand, two or more after each other."""
    found: set[int] = set()
    run: list[int] = []
    position = 0
    while position <= len(tokens):
        kinds = [token.is_label for token in tokens[position : position + 3]]
        if kinds[:2] == [True, False] and kinds[2:] != [False]:
            run += [position, position + 1]
            position += 2
            continue
        if len(run) > 2:
            found.update(run)
        run = []
        position += 1
    return found


def _opens_row(previous: _Token, token: _Token, in_pairs: bool, lexicon: Lexicon) -> bool:
    if not token.is_label:
        # Figures after a header that names rows and columns are a row of their own.
        return previous.is_label and not _names_row(previous.text, lexicon) and not in_pairs
    if not previous.is_label:
        return True
    names_row, before = _names_row(token.text, lexicon), _names_row(previous.text, lexicon)
    if in_pairs and not names_row:
        return True
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
