"""Refuse words that a declaration may not have, and name those that it may."""

from collections.abc import Iterable
from typing import Any, get_args


def check_words(words: Iterable[object], known: Any, name: str) -> None:  # noqa: ANN401 - a Literal
    """Check words of a declaration.

    Args:
        words: None means that nothing is declared.
        known: The Literal of all words.
        name: The noun for one of them.

    Raises:
        ValueError: When one is not known.
    """
    for word in words:
        if word is not None and word not in get_args(known):
            raise ValueError(f"{word!r} is no {name}: write one of {', '.join(get_args(known))}")
