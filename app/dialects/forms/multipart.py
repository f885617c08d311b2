"""Read a form (multipart/form-data, RFC 7578): one part is the file, the others are options."""

import math
from collections.abc import Iterator

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from app.domain.errors import FieldError, InvalidInputError

MAX_OPTIONS = 64 * 1024
MAX_PARTS = 100
_HOW = "send a form with the file as its part named file, as curl -F file=@contacts.csv does"


class FormReader:
    """The parts of a form, read piece by piece.

    Attributes:
        options: Name and text of each part that is no file.
        content_type: Of the file's part.
        filename: Of the file's part, as the client names it; empty where it names none.
    """

    def __init__(self, content_type: str, *, most_parts: int = MAX_PARTS, most_text: int = MAX_OPTIONS) -> None:
        """Read the boundary.

        Args:
            content_type: The header.
            most_parts: How many parts the form may have.
            most_text: Bytes that all parts but the file may have together.

        Raises:
            InvalidInputError: There is none.
        """
        self.options: list[tuple[str, str]] = []
        self.content_type = self.filename = ""
        self._most_text = most_text
        boundary = parse_options_header(content_type)[1].get("boundary", "")
        try:
            self._parser = PushMultipartParser(boundary, max_segment_count=most_parts, max_segment_size=math.inf)
        except (MultipartError, ValueError) as error:
            raise _malformed("the form's Content-Type has no boundary") from error
        self._has_file = self._in_file = False
        self._name, self._text, self._size = "", bytearray(), 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Read the next piece of the body; returns what of it belongs to the file.

        Raises:
            InvalidInputError: It is no form, has two files, or too long options.
        """
        try:
            for event in self._parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    self._begin(event)
                elif event is None:
                    self._end()
                elif self._in_file:
                    yield bytes(event)
                else:
                    self._add(event)
        except MultipartError as error:
            raise _malformed("the body is no whole, proper form") from error

    def close(self, *, needs_file: bool = True) -> None:
        """Check that the form has come whole, with a file where one is needed.

        Raises:
            InvalidInputError: It has not.
        """
        try:
            self._parser.close()
        except MultipartError as error:
            raise _malformed("the body is no whole, proper form") from error
        if needs_file and not self._has_file:
            raise _malformed("the form has no file")

    def _begin(self, part: MultipartSegment) -> None:
        self._in_file = part.filename is not None or part.name == "file"
        self._name, self._text = part.name, bytearray()
        if not self._in_file:
            return
        if self._has_file:
            raise _malformed("the form has two files; send one")
        self._has_file = True
        self.content_type = part.header("Content-Type", "") or ""
        self.filename = part.filename or ""

    def _add(self, text: bytes) -> None:
        self._size += len(text)
        if self._size > self._most_text:
            raise _malformed(f"the options of the form have more than {self._most_text} bytes")
        self._text += text

    def _end(self) -> None:
        if self._in_file:
            return
        try:
            self.options.append((self._name, self._text.decode()))
        except UnicodeDecodeError as error:
            raise InvalidInputError([FieldError(field=self._name, message="is not valid UTF-8")]) from error


def _malformed(what: str) -> InvalidInputError:
    return InvalidInputError([FieldError(field="", message=f"{what}; {_HOW}")])
