"""Render the templates, which stand next to their handlers, and write numbers, money and times for people."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import DictLoader, Environment, StrictUndefined, pass_context
from jinja2.runtime import Context

import app.web

_FOLDER = Path(app.web.__file__).parent
NOTHING = "\N{EN DASH}"
_STEPS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min"))


class Templates:
    """The templates of the app, compiled once.

    They are read when the process begins, as its code is: an upgrade that replaces the files below a running process
    would else give it templates that its code does not know, and each of those pages would fail.
    """

    def __init__(self, folder: Path = _FOLDER, **known: object) -> None:
        """Read the templates in a folder, and let each of them know some values by name."""
        texts = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*.html")}
        self._environment = Environment(
            loader=DictLoader(texts),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(known)
        filters = (number, usd, percent, ago, utc, query, spark, sentence)
        self._environment.filters.update({one.__name__: one for one in filters})

    def compile_ahead(self, is_ending: Callable[[], bool]) -> None:
        """Compile all templates, unless the process is ending: else the first view of each holds all others up for it.

        Args:
            is_ending: Asked before each of them, which takes some hundredths of a second.
        """
        for template in self._environment.list_templates():
            if is_ending():
                return
            self._environment.get_template(template)

    def render(self, template: str, **context: object) -> bytes:
        """Render a template, named by its path below `app/web`."""
        return self._environment.get_template(template).render(context).encode()


def _local(text: str, context: Context) -> str:
    """Write a number of English form as the reader's language does."""
    if context["viewer"].locale == "de":
        return text.translate(str.maketrans(",.", ".,"))
    return text


@pass_context
def number(context: Context, value: float, digits: int = 0) -> str:
    """Write a number with its thousands apart: ``1,204`` or ``1.204``."""
    return _local(f"{value:,.{digits}f}", context)


@pass_context
def usd(context: Context, value: Decimal | float | None) -> str:
    """Write dollars, to a tenth of a cent below ten; credits are plain numbers and carry no sign."""
    if value is None:
        return NOTHING
    digits = 2 if abs(float(value)) >= 10 or not value else 3  # noqa: PLR2004 - dollars
    return f"${_local(f'{value:,.{digits}f}', context)}"


@pass_context
def percent(context: Context, share: float | None) -> str:
    """Write a share from 0 to 1."""
    return NOTHING if share is None else f"{_local(f'{share * 100:.0f}', context)} %"


@pass_context
def ago(context: Context, when: datetime) -> str:
    """Write how long something is past, or ahead."""
    passed = context["now"] - when
    ahead, passed = passed < timedelta(0), abs(passed)
    for step, unit in _STEPS:
        if passed >= step:
            text = f"{passed // step} {unit}"
            return f"in {text}" if ahead else f"{text} ago"
    return "in a moment" if ahead else "just now"


def sentence(text: str) -> str:
    """Write a fault as a sentence: with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def utc(when: datetime) -> str:
    """Write a time in UTC to the second, as the `datetime` of a time element; scripts show it in the reader's zone."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


@pass_context
def query(context: Context, changes: Mapping[str, object]) -> str:
    """Write the link to this page with some parameters of its query changed; None leaves one out."""
    http = context["viewer"].http
    kept = dict(http.query_params.items()) | dict(changes)
    written = urlencode({name: value for name, value in kept.items() if value not in {None, ""}})
    return f"{http.url.path}?{written}" if written else str(http.url.path)


def spark(values: Sequence[float | None], width: int = 88, height: int = 20) -> str:
    """Return the points of a line through values, left to right, for an SVG of that size; None leaves a value out."""
    known = [value for value in values if value is not None]
    top, low = max(known, default=0), min(0, *known, 0)
    reach, step = (top - low) or 1, (width - 4) / max(1, len(values) - 1)
    places = [
        (2 + step * place, height - 2 - (value - low) / reach * (height - 4))
        for place, value in enumerate(values)
        if value is not None
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
