"""Receive an upload with its options, whether it is to be accepted or only looked at."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from app.api.batches.media_type import media_type_of
from app.api.batches.options import WEBHOOK_URL, ReadOptions, from_texts, read_options
from app.api.batches.upload import Upload, uploaded
from app.api.http.authentication import AuthenticatedRequest
from app.api.http.json_body import LIGHT
from app.api.http.submission import check
from app.dialects.tables.json_reader import read_members
from app.domain.runs.batch import Format
from app.usecases.batches.portions import RowsToRead
from app.usecases.batches.readers import Readers


class ReceivedUpload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload whose options are right.

    Attributes:
        said: Its options.
        warnings: Sentences for the client.
        key: The idempotency key, if one is given.
        identity: What it says; a repetition of the key must say the same.
    """

    file: Upload
    said: ReadOptions
    warnings: tuple[str, ...]
    key: str | None
    identity: dict[str, Any]
    account: UUID
    readers: Readers

    def rows(self) -> AbstractAsyncContextManager[RowsToRead]:
        """Begin to read the rows, which may be read on within the block.

        Raises:
            InvalidInputError: They cannot be read at all.
        """
        file = msgspec.structs.replace(self.file, charset=self.said.encoding or self.file.charset)
        return self.readers.rows(file, self.account, mapping=self.said.mapping, sheet=self.said.sheet)


@asynccontextmanager
async def received(request: AuthenticatedRequest) -> AsyncIterator[ReceivedUpload]:
    """Keep an upload while it is worked on.

    Raises:
        RateLimitedError: The key has no slot for a submission. A small upload takes its slot later, and gives it back
            where it is refused; a large one takes it when it has come, and keeps it.
        AccountLimitError: The account uploads too much.
        InvalidInputError: An option is wrong, or the body broke off.
        UnsupportedMediaTypeError: It is of a kind that is not read.
        BodyTooLargeError: It is above 64 MiB.
    """
    media = media_type_of(request.http)
    # Before 64 MiB are on their way: the slot itself is taken when they have come.
    await request.dependencies.limits.check_submission(request.context, request.principal)
    places, account = request.dependencies.places, request.principal.account_id
    async with places.upload(account) as place, uploaded(request.http, media, place) as file:
        if place.is_costly:
            await request.dependencies.limits.hold_submission(request.context, request.principal)
        query, problems = from_texts((*request.http.query_params.multi_items(), *file.options))
        head = await _head(request, file) if file.format is Format.JSON else {}
        said, more = read_options(query, head)
        checked = await check(request, problems + more, said.warnings, webhook=WEBHOOK_URL, options=said.options)
        said = msgspec.structs.replace(said, options=checked.options)
        identity = {"sha256": file.digest, "format": file.format.value, "query": sorted(query.items())}
        yield ReceivedUpload(
            file=file,
            said=said,
            warnings=checked.warnings,
            key=checked.key,
            identity=identity,
            account=account,
            readers=request.dependencies.readers,
        )


async def _head(request: AuthenticatedRequest, file: Upload) -> dict[str, Any]:
    """Read the members of a document but its contacts; many of them are parsed when their turn comes."""
    members = await request.dependencies.readers.members(file, request.principal.account_id)
    if sum(map(len, members)) <= LIGHT:
        return read_members(members)
    return await request.dependencies.turns.call(partial(read_members, members))
