"""Find out the encoding of a text file, once for the whole of it, and read its lines."""

import codecs
import io
from collections.abc import Iterator
from itertools import chain
from typing import IO

import msgspec

from app.dialects.tables.encoding_guess import CODECS, Guess, guess, words_of
from app.dialects.tables.refusal import refuse

MAX_LINE = 1024 * 1024
_PIECE = 1024 * 1024
_ASCII = bytes(range(128))
_SAMPLE = 4096
# Python's codecs for the names that a client may declare (a part of the WHATWG Encoding Standard, which reads the
# first three as windows-1252; Python's own has a few bytes less, so that Latin-1 follows).
_WINDOWS = ("cp1252", "latin-1")
_CODECS: dict[str, tuple[str, ...]] = {
    "iso-8859-1": _WINDOWS,
    "latin1": _WINDOWS,
    "windows-1252": _WINDOWS,
    "cp1252": _WINDOWS,
    "utf-16": ("utf-16-le", "utf-16-be"),
    "utf-16le": ("utf-16-le",),
    "utf-16be": ("utf-16-be",),
    "utf-32": ("utf-32-le", "utf-32-be"),
    "macintosh": ("mac_roman",),
    "x-mac-ce": ("mac_latin2",),
    **{f"x-mac-{name}": (f"mac_{name}",) for name in ("cyrillic", "greek", "turkish")},
    **{name: (name,) for name in ("koi8-r", "koi8-u", "gb18030", "gbk", "gb2312", "big5", "euc-kr", "euc-jp")},
    **{f"iso-8859-{part}": (f"iso8859-{part}",) for part in (*range(2, 12), *range(13, 17))},
    **{f"windows-125{part}": (f"cp125{part}",) for part in "01345678"},
    **{name: (name,) for name in ("cp437", "cp850", "cp852", "cp866")},
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "windows-31j"), ("cp932",)),
}
CHARSETS = ("utf-8", *_CODECS)
# Names that HTTP clients add by themselves, whatever they send.
_SAYS_LITTLE = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHOWN = {
    **{codec: name for name, (codec, *_) in reversed(_CODECS.items()) if not codec.startswith("utf")},
    "cp1252": "windows-1252",
    "latin-1": "iso-8859-1",
}


class TextEncoding(msgspec.Struct, frozen=True, kw_only=True):
    """The encoding of a whole file.

    Attributes:
        codec: Python's name.
        bom: Whether the file begins with a byte order mark.
        warning: A sentence for the client where the encoding is a guess.
    """

    codec: str
    bom: bool = False
    warning: str | None = None

    @property
    def label(self) -> str:
        """The name that clients know."""
        return _SHOWN.get(self.codec, self.codec)

    @property
    def errors(self) -> str:
        """Python's way with bytes that do not belong: only UTF-8 may have some, which the row that has them shows."""
        return "surrogateescape" if self.codec == "utf-8" else "strict"


def is_known(charset: str) -> bool:
    """Return whether a declared charset can be read."""
    name = charset.strip().lower()
    return name in _SAYS_LITTLE or name in _CODECS


def find_encoding(file: IO[bytes], declared: str | None = None) -> TextEncoding:
    """Find out the encoding: a byte order mark proves it, a declared charset is believed, UTF-8 is tried.

    A file that is none of these is judged by its letters, and the warning says so. A file with broken bytes among
    proper UTF-8 is UTF-8, so that the rows with them are refused and no other name is garbled.

    Args:
        file: Read whole; its position is 0 afterwards.
        declared: The charset of its media type, one that `is_known`.

    Raises:
        InvalidInputError: It is not in the declared charset, or in none that can be guessed.
    """
    file.seek(0)
    sample = file.read(_SAMPLE)
    try:
        return _find(file, sample, (declared or "").strip().lower())
    finally:
        file.seek(0)


def _find(file: IO[bytes], sample: bytes, declared: str) -> TextEncoding:
    for mark, codec in _MARKS:
        if sample.startswith(mark):
            if codec != "utf-8" and not _decodes(file, codec):
                refuse(f"the file begins as {codec} and is broken further on; save it again as CSV in UTF-8")
            return TextEncoding(codec=codec, bom=True)
    wide = _wide_codec(sample)
    if declared and declared not in _SAYS_LITTLE:
        for codec in sorted(_CODECS[declared], key=lambda codec: codec != wide):
            if _decodes(file, codec):
                return TextEncoding(codec=codec)
        refuse(f"the file is not in {declared}, which its Content-Type declares")
    if wide and _decodes(file, wide):
        return TextEncoding(codec=wide)
    if _decodes(file, "utf-8") or _is_mostly_utf_8(file):
        return TextEncoding(codec="utf-8")
    found = _guess(file)
    if found is None:
        refuse(
            "the letters of the file do not show its encoding; save it as CSV in UTF-8, or say its encoding, such as"
            " encoding=windows-1251, gb18030, shift_jis or cp850"
        )
    said = f" although {declared} is declared" if declared else ""
    return TextEncoding(codec=found.codec, warning=f"the file is not UTF-8{said}: it {_reason(found)}")


def _guess(file: IO[bytes]) -> Guess | None:
    beyond = frozenset(chain.from_iterable(set(piece.translate(None, _ASCII)) for piece in _pieces(file)))
    return guess(words_of(_pieces(file)), [codec for codec in CODECS if _has(codec, bytes(beyond))])


def _has(codec: str, used: bytes) -> bool:
    try:
        used.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _reason(found: Guess) -> str:
    """Return how a file was read and why, in words that end with what to do."""
    why = (
        f" by its letters, as in {found.example[:60]!r}"
        if found.example
        else ", the usual one, as its letters say little"
    )
    read = f"was read as {_SHOWN[found.codec]}{why}"
    if found.other is None or found.other_example is None:
        return f"{read}; where names look wrong, save it as CSV in UTF-8, or say another encoding=…"
    other = _SHOWN[found.other]
    return f"{read}, and may be {other}, as in {found.other_example[:60]!r}; if so, say encoding={other}"


def _wide_codec(sample: bytes) -> str | None:
    """Return UTF-16 where every other byte is zero, as in Latin text without a mark."""
    pairs = len(sample) // 2
    zeros = [sample[first : pairs * 2 : 2].count(0) for first in (0, 1)]
    if pairs and max(zeros) > pairs * 0.6 and min(zeros) <= pairs * 0.05:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    return None


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _decodes(file: IO[bytes], codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for piece in _pieces(file):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf_8(file: IO[bytes]) -> bool:
    """Return whether more bytes beyond ASCII are proper UTF-8 than not; characters that nobody writes are not."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    balance = 0
    for piece in chain(_pieces(file), [b""]):
        for character in decoder.decode(piece, final=not piece):
            if "\ud800" <= character <= "\uf8ff":
                balance -= 1  # a byte by itself, or of private use
            elif character > "\x7f":
                balance += len(character.encode())
    return balance > 0


def read_lines(file: IO[bytes], encoding: TextEncoding) -> Iterator[str]:
    """Read physical lines with their ends, from the first; the byte order mark is none of their text.

    Raises:
        InvalidInputError: A line is longer than any row can be.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding.codec, errors=encoding.errors, newline="")
    mark = "\ufeff"
    try:
        while line := text.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                refuse(f"the file has a line of more than {MAX_LINE} characters")
            yield line.removeprefix(mark) if mark else line
            mark = ""
    finally:
        # The file is the caller's, who may have closed it before the lines were read to their end.
        if not file.closed:
            text.detach()
