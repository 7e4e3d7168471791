"""A search index in, what can be searched at this moment out: it is made beside the pages, in a thread of its own."""

import threading
from dataclasses import dataclass

from pipeline.search import SearchIndex

__all__ = ["Finder", "Look"]


@dataclass(frozen=True, slots=True)
class Look:
    """The state of the index: whether it can be searched, whether it is being made, how far, what stands in the way.

    One that can be searched while it is being made is of the warehouse as it was before.
    """

    is_usable: bool
    is_in_the_making: bool = False
    percent: int = 0
    problem: str = ""


class Finder:
    """The index, kept up to the warehouse's state by whoever looks."""

    def __init__(self, index: SearchIndex) -> None:
        self.index = index
        self._guard = threading.Lock()
        self._maker: threading.Thread | None = None
        self._percent = 0
        self._problem = ""

    def look(self) -> Look:
        """The state of the index; one that is not of the warehouse's state begins to be made."""
        try:
            if self.index.is_fresh():
                return Look(is_usable=True)
        except Exception as error:
            if not (line := _line_on(error)):
                raise
            return Look(self.index.exists(), problem=line)
        with self._guard:
            if self._maker is not None and self._maker.is_alive():
                return Look(self.index.exists(), is_in_the_making=True, percent=self._percent)
            if problem := self._problem:  # told once; who looks again has it tried again
                self._problem = ""
                return Look(self.index.exists(), problem=problem)
            self._percent = 0
            # As a daemon it ends with the server; the next one starts anew.
            self._maker = threading.Thread(target=self._make, name="search index", daemon=True)
            self._maker.start()
        return Look(self.index.exists(), is_in_the_making=True)

    def _make(self) -> None:
        try:
            self.index.build(lambda _: None, self._note)
        except Exception as error:
            if line := _line_on(error):
                self._problem = line
                return
            self._problem = f"the index could not be made: {error!r}"
            raise

    def _note(self, done: int, all_: int) -> None:
        self._percent = 100 * done // all_


def _line_on(error: Exception) -> str | None:
    """The line for an operating condition; None for a bug."""
    from pipeline.conditions import explain  # needed by none of the pages that work

    return explain(error)
