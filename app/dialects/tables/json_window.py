"""Cut a JSON document of any size into its values: only a window of it is in memory, whatever its bytes are.

A value is read by the parser in C from a window that holds the longest value allowed. So each character is read a
constant number of times, and what is nested too deep or never ends is refused within one window.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import IO, NoReturn

from app.dialects.json_parser import TOO_DEEP, TOO_MANY_DIGITS, parse_json, refuse, refuse_constant

# Of one value in characters; a contact with everything that a CRM knows of a person has some thousands.
MAX_VALUE = 256 * 1024

_BLANKS = re.compile(r"[ \t\n\r]*")
# Finds where a value ends. What its numbers and members are worth is judged when the value is read for itself.
_SCAN = json.JSONDecoder(parse_float=len, parse_constant=refuse_constant).raw_decode


class JsonWindow:
    """The part of a document that is looked at, which only moves on."""

    def __init__(self, file: IO[bytes]) -> None:
        """Begin at the file's position."""
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text, self._at, self._before, self._is_last = "", 0, 0, False

    def members(self) -> Iterator[str]:
        """Read an object: after each name the caller reads the value.

        Raises:
            InvalidInput: It is no proper JSON, as for all methods.
        """
        self._take("{")
        if self._next() == "}":
            self._take("}")
            return
        while True:
            if self._next() != '"':
                self._fail("Expecting property name enclosed in double quotes")
            name = self.value("a name")
            self._take(":")
            yield str(parse_json(name.encode()))
            if self._take(",}") == "}":
                return

    def elements(self, what: str) -> Iterator[str]:
        """Read an array: the text of each value, which `what` names."""
        self._take("[")
        if self._next() == "]":
            self._take("]")
            return
        while True:
            yield self.value(what)
            if self._take(",]") == "]":
                return

    def value(self, what: str) -> str:
        """Read the text of the next value, whatever it is; `what` names it if it is too long."""
        self._next()
        start = self._at
        try:
            _, end = _SCAN(self._text, start)
        except json.JSONDecodeError as error:
            cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - len("\\uXXXX\\uXXXX")
            if cut and not self._is_last:
                self._refuse_length(what)
            self._fail(error.msg, error.pos)
        except RecursionError:
            refuse(TOO_DEEP)
        except ValueError:
            refuse(TOO_MANY_DIGITS)
        if end - start > MAX_VALUE:
            self._refuse_length(what)
        self._at = end
        return self._text[start:end]

    def is_array(self) -> bool:
        """Return whether the next value is an array."""
        return self._next() == "["

    def is_object(self) -> bool:
        """Return whether the next value is an object."""
        return self._next() == "{"

    def end(self) -> None:
        """Check that nothing follows."""
        if self._next():
            self._fail("Extra data")

    def _next(self) -> str:
        """Pass over white space, and return the character behind it; nothing at the end."""
        while True:
            while not self._is_last and len(self._text) - self._at <= MAX_VALUE:
                self._read()
            blank = _BLANKS.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._is_last or len(self._text) - self._at > MAX_VALUE:
                return self._text[self._at : self._at + 1]

    def _read(self) -> None:
        chunk = self._file.read(MAX_VALUE)
        self._is_last = not chunk
        try:
            more = self._decoder.decode(chunk, final=self._is_last)
        except UnicodeDecodeError:
            refuse("the body is not valid UTF-8")
        self._before += self._at
        self._text, self._at = self._text[self._at :] + more, 0

    def _take(self, expected: str) -> str:
        found = self._next()
        if not found or found not in expected:
            self._fail(f"Expecting {' or '.join(map(repr, expected))}")
        self._at += 1
        return found

    def _fail(self, message: str, at: int | None = None) -> NoReturn:
        place = self._before + (self._at if at is None else at) + 1
        refuse(f"the body is not valid JSON: {message.removesuffix(' at')} at character {place}")

    def _refuse_length(self, what: str) -> NoReturn:
        place = self._before + self._at + 1
        refuse(f"{what} that begins at character {place} must not exceed {MAX_VALUE} characters")
