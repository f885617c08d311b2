"""How a setting is declared at its field: bounds, help text, reader, secrecy; and how a wrong value is refused."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

import msgspec

Text = str | None
Usd = Decimal | None
# A span may lie before or after now, and no date is more than 2,000 years ago.
MOST_DAYS = 500_000
MOST_HOURS = 24 * MOST_DAYS
MOST = 3600 * MOST_HOURS  # seconds
Days = Annotated[float, msgspec.Meta(gt=0, le=MOST_DAYS)]
Hours = Annotated[float, msgspec.Meta(gt=0, le=MOST_HOURS)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=MOST)]
# As MiB they are still bytes that a whole number of 64 bits holds.
MOST_COUNTED = 1_000_000_000_000
Count = Annotated[int, msgspec.Meta(ge=1, le=MOST_COUNTED)]
_MOST_USD = 1_000_000_000_000
_MOST_PRICE = 999_999  # what the column of a call's cost holds
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]

# How msgspec refuses a text: a type of Python, and the bound that was passed.
_REFUSAL = re.compile(r"Expected `(int|float|bool|str)[^`]*`(?: of (length))?(?: (>=|<=|>) ([\d.]+))?")
_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}
_AMOUNT = "must be an amount in USD, such as 0.05"
_BOUNDS = {">=": "of at least", "<=": "of at most", ">": "above"}


class SettingsError(ValueError):
    """The environment does not make valid settings; `problems` lists every one, a sentence each."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems, one sentence each."""
        super().__init__("; ".join(problems))
        self.problems = problems


def setting(
    description: str, *, parse: Callable[[str], object] | None = None, mask: Callable[[str], str] | None = None
) -> msgspec.Meta:
    """Describe a setting.

    Args:
        description: Its help text, one sentence in Markdown.
        parse: Makes its value of a text, where that takes more than its type; raises ValueError.
        mask: Makes the text that is shown instead of a secret; addresses are always shown without credentials.
    """
    return msgspec.Meta(description=description, extra={"parse": parse, "mask": mask})


def refusal(error: Exception) -> str:
    """Return what a setting must be, in words, by the error that refused its text."""
    text = str(error)
    if text == "Invalid decimal string":
        return _AMOUNT
    if found := _REFUSAL.match(text):
        kind, length, bound, number = found.groups()
        amount = number.removesuffix(".0") if number else ""
        bounds = f" {_BOUNDS[bound]} {amount}" if bound else ""
        unit = "" if not length else " character" if amount == "1" else " characters"
        return f"must be {_KINDS[kind]}{bounds}{unit}"
    return "must be a number that is not so large" if text.endswith("out of range") else text


def checked(value: object, name: str) -> object:
    """Return a value of a field that msgspec has read, unless it is an amount that is none: msgspec bounds no decimals.

    Raises:
        ValueError: It is below 0, too much, infinite or not a number.
    """
    if isinstance(value, Decimal) and not (value.is_finite() and value >= 0):
        raise ValueError(f"{_AMOUNT}, and not below 0")
    most = _MOST_PRICE if name.startswith("price_") else _MOST_USD
    if isinstance(value, Decimal) and value > most:
        raise ValueError(f"{_AMOUNT}, and at most {most}")
    return value
