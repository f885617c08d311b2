"""How the text of a setting becomes its value, where that takes more than its type."""

import ipaddress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.domain.vocabulary import Lane
from app.domain.webhooks.delivery import SCHEDULES

ALL_NETWORKS = ("0.0.0.0/0", "::/0")
TRUE, FALSE = {"true", "yes", "on", "1"}, {"false", "no", "off", "0", "none", ""}
LONGEST_WINDOW = 31 * 86_400.0
_LEVELS = {"debug", "info", "warning", "error"}


def _delays(text: str) -> tuple[float, ...]:
    if text.lower() in SCHEDULES:
        return SCHEDULES[text.lower()]
    words = f"must be {' or '.join(SCHEDULES)}, or seconds separated by commas, such as 10,60,360"
    try:
        delays = tuple(float(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError(words) from None
    if any(not 0 <= delay < float("inf") for delay in delays):
        raise ValueError(words)
    return delays


def rates(text: str) -> tuple[tuple[int, float], ...]:
    """Read calls in seconds, `5/1,300/60`.

    Raises:
        ValueError: It is not that.
    """
    pairs = [part.partition("/") for part in text.split(",") if part.strip()]
    try:
        read = tuple((int(calls), float(seconds)) for calls, _, seconds in pairs)
    except ValueError:
        read = ((0, 0.0),)
    if any(calls < 1 or not 0 < seconds <= LONGEST_WINDOW for calls, seconds in read):
        raise ValueError("must be calls in seconds separated by commas, such as 5/1,300/60")
    return read


def _networks(text: str) -> tuple[str, ...]:
    if text.lower() in TRUE:
        return ALL_NETWORKS
    if text.lower() in FALSE:
        return ()
    return tuple(str(ipaddress.ip_network(part.strip())) for part in text.split(","))


def _proxy(text: str) -> str | None:
    """Take ``http://[user:password@]host:port``; asking for the port raises ValueError when it is none."""
    parts = urlsplit(text)
    if text and (parts.scheme != "http" or not parts.hostname or not parts.port or parts.path not in {"", "/"}):
        raise ValueError("must be http://host:port of a proxy that knows CONNECT")
    return text or None


def _one_of(*allowed: str) -> Any:  # noqa: ANN401 - a parser of text
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text.lower()

    return parse


def _lanes(text: str) -> tuple[str, ...]:
    named = [part.strip().lower() for part in text.split(",") if part.strip()]
    if not named or set(named) - set(Lane):
        raise ValueError(f"must be one or several of {', '.join(Lane)}, separated by commas")
    return tuple(lane.value for lane in Lane if lane in named)


SPECIAL: dict[str, Any] = {
    "lanes": _lanes,
    "webhook_retry_delays": _delays,
    "webhook_allow_private": _networks,
    "webhook_deny": _networks,
    "webhook_proxy": _proxy,
    "data_dir": Path,
    "log_level": _one_of(*sorted(_LEVELS)),
    "log_format": _one_of("json", "text"),
}
