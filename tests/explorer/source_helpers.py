"""What is printed in a box of a PDF page as it is shown: by PDFium, which knows nothing of boxes of ours."""

import ctypes

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_FINE = 100  # steps a point


class PdfText:
    """A PDF and its text by place."""

    def __init__(self, content):
        self._document = pdfium.PdfDocument(content)
        self._pages = {}

    def within(self, number, box, edge=0.0):
        """The characters in a box of page `number` (points from the top left), without so much of its edge."""
        if number not in self._pages:
            page = self._document[number - 1]
            self._pages[number] = page, page.get_textpage()
        page, text = self._pages[number]
        x0, top, x1, bottom = box
        one, other = _user(page, x0 + edge, top + edge), _user(page, x1 - edge, bottom - edge)
        (left, right), (low, high) = (sorted(pair) for pair in zip(one, other, strict=True))
        return "".join(text.get_text_bounded(left, low, right, high).split())


def _user(page, x, y):
    width, height = (round(side * _FINE) for side in page.get_size())
    user_x, user_y = ctypes.c_double(), ctypes.c_double()
    pdfium_c.FPDF_DeviceToPage(page.raw, 0, 0, width, height, 0, round(x * _FINE), round(y * _FINE), user_x, user_y)
    return user_x.value, user_y.value
