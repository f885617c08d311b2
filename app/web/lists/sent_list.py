"""Read the form of a new list: the file or the pasted rows, the mapping of its columns, and the options."""

import asyncio
import hashlib
import io
import re
from contextlib import AbstractAsyncContextManager
from typing import IO
from uuid import UUID

import msgspec

from app.dialects.member_types import MAX_WATERFALL_NAME
from app.dialects.tables.encoding import is_known
from app.dialects.tables.kinds import HEAD, find_format, other_kind
from app.dialects.tables.reading import SentFile
from app.domain.columns.choice import ColumnMapping, attribute_named
from app.domain.errors import InvalidInputError
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import EnrichmentType
from app.usecases.batches.portions import RowsToRead
from app.usecases.batches.readers import Readers
from app.web.frame.form import Form

FORM_BYTES = 32 * 1024 * 1024
MOST_PASTED, MOST_NAME = 1_000_000, 200
# Fields of the form that map a column begin so; its name follows.
COLUMN = "column:"
ENCODING = "encoding"
# Columns that a check lists of a file whose headings say nothing.
MOST_COLUMNS = 100
# The end of a sentence about columns that is for clients of the API; people see the selects.
_OF_THE_API = re.compile(r"; mapping=\S+ (?:names another|reads a column by another name)")


class SentList(msgspec.Struct, frozen=True, kw_only=True):
    """A new list; `mapping` is empty where the columns were not touched.

    Attributes:
        digest: Of the file, which the page of a check sends along.
        is_other: Whether another file was checked before.
    """

    name: str
    digest: str
    is_other: bool
    file: SentFile
    mapping: ColumnMapping
    options: LookupOptions

    def rows(self, readers: Readers, account: UUID) -> AbstractAsyncContextManager[RowsToRead]:
        """Begin to read the rows, which may be read on within the block.

        Raises:
            InvalidInputError: They cannot be read at all.
        """
        return readers.rows(self.file, account, mapping=self.mapping)

    async def headings(self, readers: Readers, account: UUID) -> list[str]:
        """List the headings of a file whose rows cannot be read yet, so that a person says what they mean."""
        try:
            return list(await readers.headings(self.file, account))[:MOST_COLUMNS]
        except InvalidInputError:
            return []


async def read_list(form: Form) -> SentList | None:
    """Read the form; None when something is wrong, which is then noted in it."""
    kind = form.choice("type", EnrichmentType, EnrichmentType.EMAIL)
    cost = form.dollars("max_cost_usd")
    waterfall = form.text("waterfall", most=MAX_WATERFALL_NAME, required=False)
    name, file = _sent(form)
    name = form.text("name", most=MOST_NAME, required=False) or name
    if file is None or form.faults:
        return None
    metadata = msgspec.Raw(msgspec.json.encode({"list": name}))
    digest = await asyncio.to_thread(_digest, file.file)
    is_other = form.value("sent") not in {"", digest}
    quote_id = None if is_other else _quote(form)
    return SentList(
        name=name,
        digest=digest,
        is_other=is_other,
        # What was said of another file says nothing of this one.
        file=file if is_other else msgspec.structs.replace(file, charset=_encoding(form)),
        mapping=() if is_other else _mapping(form),
        options=LookupOptions(
            type=kind,
            max_cost_usd=cost,
            metadata=metadata,
            waterfall_name=waterfall or None,
            quote_id=quote_id,
            stop_at_quote=quote_id is not None and form.has("stop_at_quote"),
        ),
    )


def _quote(form: Form) -> UUID | None:
    """Read the quote that the list was shown with; one that was not checked has none."""
    try:
        return UUID(form.value("quote_id"))
    except ValueError:
        return None


def name_of(metadata: msgspec.Raw) -> str:
    """Return the name of a list; empty for one that did not come from the app."""
    try:
        found = msgspec.json.decode(metadata)
    except msgspec.DecodeError:
        return ""
    name = found.get("list") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def in_words(warning: str) -> str:
    """Write a sentence about a file without what only the API has: parameters, and names of members."""
    plain = _OF_THE_API.sub("", warning).replace("encoding=…", "encoding").replace("encoding=", "encoding ")
    head, read, rest = plain.partition(" is read from ")
    return head.replace("_", " ") + read + rest if read else head


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _sent(form: Form) -> tuple[str, SentFile | None]:
    file: IO[bytes]
    if form.file and form.file.filename:
        name, file = "".join(filter(str.isprintable, form.file.filename[:MOST_NAME])), form.file.file
    else:
        text = form.text("pasted", most=MOST_PASTED, required=False)
        if not text:
            form.fault("file", "must be chosen, or rows pasted below")
            return "", None
        name, file = "pasted rows", io.BytesIO(text.encode())
    return name, _file(form, file)


def _file(form: Form, file: IO[bytes]) -> SentFile | None:
    file.seek(0)
    head = file.read(HEAD)
    if kind := other_kind(head):
        form.fault("file", f"is {kind}")
        return None
    return SentFile(file=file, format=find_format(head, None))


def _encoding(form: Form) -> str | None:
    said = form.value(ENCODING)
    return said if is_known(said) else None


def _mapping(form: Form) -> ColumnMapping:
    """Read what the selects of the columns say; every attribute that none of them names stays empty."""
    found: dict[str, list[str]] = {}
    for name in form.names(COLUMN):
        if member := form.value(name):
            found.setdefault(member, []).append(name.removeprefix(COLUMN))
    pairs = [(attribute_named(member), tuple(columns)) for member, columns in found.items()]
    return tuple((attribute, columns) for attribute, columns in pairs if attribute)
