"""The request of a page: its query, its cookies and its form are bounded, and never stored."""

from collections.abc import AsyncIterator, Callable
from functools import cached_property
from typing import IO, Any, NamedTuple

from litestar import Request
from litestar.datastructures import MultiDict
from litestar.datastructures.url import URL
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from app.dialects.forms.multipart import FormReader
from app.dialects.forms.pairs import read_cookies, read_pairs
from app.usecases.batches.file_descriptor import close, storing, upload_file

MAX_PARAMETERS = 200
COOKIES = "leadrun_"  # the beginning of the names of our own
# Browsers take a cookie whose name begins so by HTTPS, for all paths of this very host (RFC 6265bis, section 4.1.3.2):
# no other host of its domain, and nobody on the way to it, sets or replaces it.
OF_THIS_HOST = "__Host-"
# A list's form has a field for each of its columns, and its rows may be pasted.
MAX_FIELDS = 1100
MAX_TEXT_BYTES = 6 * 1024 * 1024
# A body that is no file: what a form of fields takes.
MAX_ENCODED = 65_536
_MULTIPART, _ENCODED = "multipart/form-data", "application/x-www-form-urlencoded"


class GoneError(Exception):
    """The person's browser went away before all of the form had come."""


class FormFile(NamedTuple):
    """A file of a form; `filename` is empty where none was chosen."""

    filename: str
    file: IO[bytes]

    def close(self) -> None:
        """Forget the file."""
        close(self.file)


class SentForm(NamedTuple):
    """The fields of a form in their order, and its file, which the reader closes."""

    fields: list[tuple[str, str]]
    file: FormFile | None = None


class WebRequest(Request[Any, Any, Any]):
    """The request of a page."""

    @cached_property
    def url(self) -> URL:
        """Path and query; the host is the client's word, which may be none that can be read."""
        query = self.scope["query_string"].decode("latin-1")
        return URL.from_components(scheme=self.scope["scheme"], path=self.scope["path"], query=query)

    @cached_property
    def query_params(self) -> MultiDict[Any]:
        """The parameters of the query in their order.

        Raises:
            InvalidInputError: There are more than 200.
        """
        return MultiDict(read_pairs(self.scope["query_string"], most=MAX_PARAMETERS, what="the query"))

    @cached_property
    def cookies(self) -> dict[str, str]:
        """Our own cookies."""
        return read_cookies(";".join(self.headers.getall("cookie", [])), (COOKIES, OF_THIS_HOST + COOKIES))

    async def sent_form(self, most_bytes: int, count: Callable[[int], None]) -> SentForm:
        """Read the form that was sent; a file goes to the disk as it comes.

        Args:
            most_bytes: Of the body.
            count: Takes the size of each piece.

        Raises:
            InvalidInputError: It is no proper form, or has too many fields.
            RequestEntityTooLarge: It is larger.
            GoneError: It did not come whole.
            UnavailableError: The disk has no room for its file.
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == _MULTIPART:
            return await self._multipart(most_bytes, count)
        encoded = kind == _ENCODED
        chunks = [chunk async for chunk in self._chunks(min(most_bytes, MAX_ENCODED), count) if encoded]
        return SentForm(read_pairs(b"".join(chunks), most=MAX_FIELDS, what="the form"))

    async def _multipart(self, most_bytes: int, count: Callable[[int], None]) -> SentForm:
        reader = FormReader(self.headers.get("content-type", ""), most_parts=MAX_FIELDS, most_text=MAX_TEXT_BYTES)
        file = upload_file("leadrun-form-")
        try:
            async for chunk in self._chunks(most_bytes, count):
                for piece in reader.feed(chunk):
                    with storing():
                        file.write(piece)
            reader.close(needs_file=False)
            with storing():
                file.seek(0)
        except BaseException:
            close(file)
            raise
        return SentForm(reader.options, FormFile(reader.filename, file))

    async def _chunks(self, most_bytes: int, count: Callable[[int], None]) -> AsyncIterator[bytes]:
        size, more = 0, True
        while more:
            message = await self.receive()
            if message["type"] != "http.request":
                raise GoneError
            size += len(message["body"])
            if size > most_bytes:
                raise RequestEntityTooLarge
            count(len(message["body"]))
            more = message["more_body"]
            yield message["body"]
