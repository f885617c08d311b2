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
_FRAMING = frozenset({_LENGTH, _CODING})
# Statuses whose answers have no body (RFC 9112, section 6.3).
_EMPTY = frozenset({b"204", b"304"})


class AnswerHead:
    """Tidies the heads of one answer, interim ones (1xx) too; the body passes as it is.

    Attributes:
        clean: Whether the last head says beyond doubt where the answer ends, and nothing in it was odd.
    """

    def __init__(self) -> None:
        """Begin before the first head."""
        self.clean = False
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
            tidied, self.clean = _tidied(status[1], kept[: end.start()])
            passed += tidied
            kept = kept[end.end() :]
            if not status[1].startswith(_INTERIM) or status[1] == b"101":
                break
        return passed + kept


def _tidied(status: bytes, head: bytes) -> tuple[bytes, bool]:
    """Write a head again without what cannot be read of it; without a length the body ends with the connection.

    Returns:
        The head, and whether its end and that of its body are beyond doubt.
    """
    first, *rest = head.split(b"\n")
    found = [match.groups() for line in rest if (match := _HEADER.fullmatch(line.rstrip(b"\r")))]
    fields = [(name, value.strip()) for name, value in found]
    lengths = [value for name, value in fields if name.lower() == _LENGTH]
    codings = [value.lower() for name, value in fields if name.lower() == _CODING]
    lines = [name + b": " + value for name, value in fields if name.lower() not in _FRAMING]
    clean = first.startswith(b"HTTP/1.1 ") and len(found) == len(rest)
    if any(coding.endswith(_CHUNKED) for coding in codings):
        lines.append(_CODING + b": " + _CHUNKED)
        clean = clean and codings == [_CHUNKED] and not lengths and status not in _EMPTY
    elif len(set(lengths)) == 1 and (length := lengths[0]).isdigit() and len(length) < len(str(1 << 63)):
        lines.append(_LENGTH + b": " + length)
        clean = clean and len(lengths) == 1 and not codings and (status not in _EMPTY or length == b"0")
    else:
        clean = clean and status in _EMPTY and not lengths and not codings
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"", b""]), clean
