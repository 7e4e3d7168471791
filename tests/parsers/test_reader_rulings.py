"""Ruled lines of a page -> the boxes of its tables' cells."""

import pytest

from parsers.readers.rulings import ruled_tables


def edge(x0, top, x1, bottom):
    wide, high = x1 - x0, bottom - top
    place = {"x0": x0, "x1": x1, "top": top, "bottom": bottom}
    return {**place, "width": wide, "height": high, "orientation": "h" if wide >= high else "v"}


FRAME = [(0, 0, 20, 0), (0, 10, 20, 10), (0, 0, 0, 10), (10, 0, 10, 10), (20, 0, 20, 10)]
PAIR = [(0, 0, 10, 10), (10, 0, 20, 10)]


@pytest.mark.parametrize(
    ("edges", "tables"),
    [
        ([], []), (FRAME[:2], []), (FRAME[2:], []), (FRAME, [PAIR]), (FRAME[1:], [PAIR]), ([*FRAME[:2], FRAME[3]], [PAIR]),
        ([(0, 0, 9, 0), (10, 0, 20, 0), *FRAME[1:]], [PAIR]),
        ([(0, 0, 20.00001, 0), (0, 10, 19.99999, 10), (0, 0, 0, 10), (10.04, 0, 10.04, 10), *FRAME[4:]], [PAIR]),
        ([*FRAME, (0, 4, 20, 8), (4, 4, 4.5, 4.5), (15, 5, 17, 5)], [PAIR]),
        ([*FRAME, *[(x0, y0 + 50, x1, y1 + 50) for x0, y0, x1, y1 in FRAME]], [PAIR, [(0, 50, 10, 60), (10, 50, 20, 60)]]),
        ([*FRAME[:3], *FRAME[4:], (0, 20, 20, 20), (0, 10, 0, 20), (10, 10, 10, 20), (20, 10, 20, 20)], [[(0, 0, 20, 10), (0, 10, 10, 20), (10, 10, 20, 20)]]),
    ],
)  # fmt: skip
def test_rulings_become_the_boxes_of_cells(edges, tables):
    found = ruled_tables(edge(*e) for e in edges)
    assert [sorted(table, key=lambda box: (box[1], box[0])) for table in found] == tables
