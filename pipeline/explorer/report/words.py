"""`words.yml` in, the explorer's words for the marks and codes of the data out."""

from functools import lru_cache
from importlib import resources

from parsers.forms import read_yaml

__all__ = ["load_words", "said"]


@lru_cache(maxsize=1)
def load_words() -> dict[str, dict[str, str]]:
    """The words by group and code."""
    found: dict[str, dict[str, str]] = read_yaml(
        resources.files(__package__).joinpath("words.yml").read_text(encoding="utf-8")
    )
    return found


def said(group: str, code: str | None) -> str:
    """What is said of a code; one that has no words is said as it is.

    >>> said("trust", "local"), said("trust", "of_tomorrow"), said("flags", None)
    ('a file added by hand', 'of tomorrow', '')
    """
    return "" if code is None else load_words()[group].get(code, code.replace("_", " "))
