"""Figures by year in, an inline SVG of bars out: classes for the colours, no style, no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

__all__ = ["Bar", "draw_bars"]

# In units of the view box; the page scales the picture.
_WIDTH, _HEIGHT = 420, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 4, 20, 42
_WIDEST = 56


@dataclass(frozen=True, slots=True)
class Bar:
    """One year: the parts of its bar from the bottom up, and what stands under the year."""

    label: str
    parts: tuple[float, ...]
    note: str = ""

    @property
    def total(self) -> float:
        return sum(self.parts)


def draw_bars(bars: Sequence[Bar], title: str, names: Sequence[str], notes: str = "") -> Markup:
    """Stacked bars, the part n of each with the class `part-n`; `names` are those of the parts, `notes` of the notes.

    The figures are words of the picture too: over each bar its total, in each part its name and number.
    """
    top = _nice(max((bar.total for bar in bars), default=0))
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(bars), 1)
    drawn = "".join(_bar(bar, n, slot, top, names) for n, bar in enumerate(bars))
    return Markup(  # noqa: S704 - every text is escaped where it is put in
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{_grid(top)}{drawn}"
        f'<text class="note" x="{_LEFT - 6}" y="{_HEIGHT - _BOTTOM + 30}" text-anchor="end" font-size="11">'
        f"{escape(notes)}</text></svg>"
    )


def _bar(bar: Bar, n: int, slot: float, top: float, names: Sequence[str]) -> str:
    width = min(slot * 0.72, _WIDEST)
    centre = _LEFT + slot * (n + 0.5)
    y = float(_HEIGHT - _BOTTOM)
    drawn = []
    for part, (value, name) in enumerate(zip(bar.parts, names, strict=True)):
        height = _length(value, top)
        y -= height
        drawn.append(
            f'<rect class="part-{part}" x="{centre - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{height:.1f}"><title>{escape(f"{bar.label} {name}: {value:,.0f}")}</title></rect>'
        )
    size = 12 if slot >= 34 else 9
    below = _HEIGHT - _BOTTOM
    words = (
        f'<text class="value" x="{centre:.1f}" y="{y - 4:.1f}" text-anchor="middle" font-size="{size}">'
        f"{_short(bar.total) if slot < 50 else f'{bar.total:,.0f}'}</text>"
        f'<text x="{centre:.1f}" y="{below + 15}" text-anchor="middle" font-size="{size}">'
        f"{escape(bar.label)}</text>"
        f'<text class="note" x="{centre:.1f}" y="{below + 30}" text-anchor="middle" font-size="{min(size, 11)}">'
        f"{escape(bar.note)}</text>"
    )
    return "".join(drawn) + words


def _grid(top: float) -> str:
    lines = []
    for share in (0.0, 0.5, 1.0):
        y = _HEIGHT - _BOTTOM - _length(top * share, top)
        lines.append(
            f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'
            f'<text class="note" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" font-size="11">{_short(top * share)}'
            "</text>"
        )
    return "".join(lines)


def _length(value: float, top: float) -> float:
    return value / top * (_HEIGHT - _TOP - _BOTTOM) if top else 0.0


def _nice(largest: float) -> float:
    """The end of the axis: a round number whose half is a whole one.

    >>> _nice(0), _nice(3), _nice(1700), _nice(4000)
    (2.0, 4.0, 2000.0, 4000.0)
    """
    power = 10.0 ** (len(str(int(max(largest, 1)))) - 1)
    ends = (step * power for step in (1.0, 1.2, 1.6, 2.0, 2.4, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0))
    return next(end for end in ends if end >= largest and (end / 2).is_integer())


def _short(value: float) -> str:
    """A figure that fits an axis.

    >>> _short(950), _short(12000), _short(1500000), _short(0.5)
    ('950', '12k', '1.5M', '0.5')
    """
    for size, letter in ((1_000_000, "M"), (10_000, "k")):
        if value >= size:
            return f"{value / min(size, 1_000_000 if letter == 'M' else 1_000):.3g}{letter}"
    return f"{value:,.4g}" if value < 1000 else f"{value:,.0f}"
