"""Structured logs: JSON lines with request and run ids, without secrets and contact data."""

import asyncio
import atexit
import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import structlog

# Keys, webhook secrets, e-mail addresses and phone numbers that a message or an error text may contain.
_MASKS = (
    (re.compile(r"\b(l[ms]_(?:live|test)_[0-9A-Za-z]{4})[0-9A-Za-z]{8,}"), r"\1***"),
    (re.compile(r"\bwhsec_[0-9A-Za-z+/=]{8,}"), "whsec_***"),
    # A search begins where a word does: from each of its characters, a long word without "@" would take quadratic time.
    (re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]+\.[\w.-]+"), "***@***"),
    (re.compile(r"\+\d[\d ().-]{6,}\d"), "+***"),
    (re.compile(r"(?i)((?:api[_-]?key|token|secret|password|apiId|(?<=[?&])(?:key|api))=)[^&\s\"']+"), r"\1***"),
    (re.compile(r"//[^/@\s:]*:[^/@\s]+@"), "//***@"),
)


# Every pattern above needs one of these; most texts have none.
_SUSPECT = ("@", "+", "=", "//", "lm_", "ls_", "whsec_")


def mask(text: str) -> str:
    """Replace secrets and contact data in a text."""
    if not any([sign in text for sign in _SUSPECT]):  # noqa: C419 - half the time of a generator
        return text
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


def _mask_event(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str) and key not in {"timestamp", "level"}:
            event[key] = mask(value)
    return event


class GatheredLines:
    """Whole lines, such as one a request: those of one turn of the event loop are written at once, masked.

    Attributes:
        stream: Takes the lines; None where logs are not written as JSON.
    """

    def __init__(self) -> None:
        """Begin without lines; those that a last turn leaves are written when the process ends."""
        self.stream: TextIO | None = None
        self._waiting: list[bytes] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        atexit.register(self.flush)

    def add(self, line: bytes) -> None:
        """Write a JSON document in the next turn of the running loop."""
        self._waiting.append(line)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is gathered; a stream that is closed or full loses it."""
        self._loop = None
        lines, self._waiting = self._waiting, []
        if lines and self.stream:
            with suppress(OSError, ValueError):
                self.stream.write(mask(b"\n".join([*lines, b""]).decode()))
                self.stream.flush()


LINES = GatheredLines()


def configure_logs(level: str, form: str) -> None:
    """Configure structlog, and route the standard library's loggers through it.

    Args:
        level: ``debug``, ``info``, ``warning`` or ``error``.
        form: ``json`` or ``text``.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _mask_event,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    LINES.stream = sys.stderr if form == "json" else None
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # These loggers write a line for every request or poll, which our metrics count already.
    for noisy in (
        "httpx",
        "httpcore",
        "uvicorn.error",
        "kombu",
        "celery.app.trace",
        "celery.worker.strategy",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
