"""The head of a receiver's answer, tidied before it is parsed: what is odd but readable counts by its status."""

import re

# As much as h11 keeps of a head.
_MOST = 100 * 1024
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})(?!\d)")
# RFC 9110, section 5.1 and 5.5; blanks before the colon are tolerated.
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:([^\x00-\x08\x0a-\x1f\x7f]*)")
_END = re.compile(rb"\r?\n\r?\n")
_INTERIM = b"1"
_LENGTH, _CODING, _CHUNKED = b"content-length", b"transfer-encoding", b"chunked"


class AnswerHead:
    """Tidies the heads of one connection, interim ones (1xx) too; the body passes as it is."""

    def __init__(self) -> None:
        """Begin before the first head."""
        self._kept: bytes | None = b""

    def feed(self, data: bytes) -> bytes:
        """Return what can be passed on; no data means that the receiver has closed."""
        if self._kept is None:
            return data
        kept, self._kept = self._kept + data, None
        passed = b""
        while data:
            kept = kept.lstrip(b"\r\n")
            end = _END.search(kept)
            if end is None and len(kept) <= _MOST:
                self._kept = kept
                return passed
            status = _STATUS.match(kept)
            if end is None or status is None:
                break  # nothing that can be tidied
            passed += _tidied(status[1], kept[: end.start()])
            kept = kept[end.end() :]
            if not status[1].startswith(_INTERIM) or status[1] == b"101":
                break
        return passed + kept


def _tidied(status: bytes, head: bytes) -> bytes:
    """Write a head again without what cannot be read of it; without a length the body ends with the connection."""
    found = [match.groups() for line in head.split(b"\n")[1:] if (match := _HEADER.fullmatch(line.rstrip(b"\r")))]
    fields = [(name, value.strip()) for name, value in found]
    lengths = {value for name, value in fields if name.lower() == _LENGTH}
    chunked = any(name.lower() == _CODING and value.lower().endswith(_CHUNKED) for name, value in fields)
    framing = {_LENGTH, _CODING}
    lines = [name + b": " + value for name, value in fields if name.lower() not in framing]
    if chunked:
        lines.append(_CODING + b": " + _CHUNKED)
    elif len(lengths) == 1 and (length := lengths.pop()).isdigit() and len(length) < len(str(1 << 63)):
        lines.append(_LENGTH + b": " + length)
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"", b""])
