"""The lists of an account: all of them, and a new one, which is checked before it is started."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec

from app.dialects.tables.encoding import CHARSETS
from app.domain.errors import (
    AccountLimitError,
    InvalidInputError,
    NotEnoughCreditsError,
    RateLimitedError,
    RequestError,
)
from app.domain.order.waterfall import DEFAULT
from app.domain.runs.file_reading import MEMBERS, FileReading
from app.domain.runs.job import JobStatus
from app.usecases.accounts.app_key import app_principal
from app.usecases.accounts.balance import read_balance
from app.usecases.batches.quote import QuotedList, quote_list
from app.usecases.batches.upload import NewBatch
from app.web.frame.form import Form
from app.web.frame.page import Access, Answer, page
from app.web.frame.viewer import Viewer
from app.web.lists.sent_list import FORM_BYTES, SentList, in_words, name_of, read_list

PAGE_LISTS, MOST_WARNINGS = 50, 10
STATES = {
    JobStatus.RECEIVING: ("arriving", "waiting"),
    JobStatus.PROCESSING: ("under way", "running"),
    JobStatus.COMPLETED: ("done", "hit"),
    JobStatus.CANCELLED: ("stopped", "miss"),
}
_TYPES = [("email", "e-mail addresses"), ("phone", "phone numbers"), ("all", "both")]
_MEMBERS = [("", "not used"), *((member, member.replace("_", " ")) for member in dict.fromkeys(MEMBERS.values()))]


@page("GET", "/app/lists")
async def show_lists(viewer: Viewer) -> Answer:
    """Show the lists, newest first."""
    try:
        after = UUID(viewer.query("after"))
    except ValueError:
        after = None
    found = await viewer.dependencies.watch_batches.page(viewer.owner, before=after, limit=PAGE_LISTS + 1)
    shown = found[:PAGE_LISTS]
    return viewer.render(
        "lists/lists.html",
        rows=[(one, name_of(one.metadata) or f"list {str(one.id)[-8:]}", *STATES[one.status]) for one in shown],
        after=shown[-1].id if len(found) > PAGE_LISTS else None,
    )


@page("GET", "/app/lists/new", access=Access.MEMBER)
async def show_form(viewer: Viewer) -> Answer:
    """Show the form of a new list."""
    return await _render(viewer)


@page("POST", "/app/lists/check", upload_bytes=FORM_BYTES)
async def check(viewer: Viewer) -> Answer:
    """Check a list: its columns, its rows and its price; nothing is stored or charged."""
    form = await viewer.form()
    sent = await read_list(form)
    shown: dict[str, Any] = {}
    if sent:
        try:
            quote = await _quote(viewer, sent)
        except RequestError as error:
            _refuse(form, error)
            names = await sent.headings(viewer.dependencies.readers, viewer.owner.account_id)
            shown = {"sent": sent.digest, "columns": [(name, "") for name in names]}
        else:
            found = quote.preview
            warnings = [in_words(warning) for warning in found.warnings[:MOST_WARNINGS]]
            shown = {"sent": sent.digest, "columns": _columns(found.reading), "warnings": warnings}
            shown["encoding"] = found.reading.encoding or ""
            return await _render(viewer, form, quote=quote, found=found, **shown)
    return await _render(viewer, form, status=HTTPStatus.UNPROCESSABLE_ENTITY, **shown)


@page("POST", "/app/lists", upload_bytes=FORM_BYTES)
async def start(viewer: Viewer) -> Answer:
    """Start a list, and show its progress."""
    form = await viewer.form()
    sent = await read_list(form)
    if sent and sent.is_other:
        form.fault("", "this is not the file that was checked; check it first, and start it then")
    elif sent:
        try:
            batch_id = await _start(viewer, sent)
        except RequestError as error:
            _refuse(form, error)
        else:
            return viewer.redirect(f"/app/lists/{batch_id}")
    return await _render(viewer, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


async def _quote(viewer: Viewer, sent: SentList) -> QuotedList:
    principal = await app_principal(viewer.services, viewer.owner)
    options = await viewer.dependencies.waterfalls.applied(principal, sent.options)
    await viewer.dependencies.take_place(principal)
    async with sent.rows(viewer.dependencies.readers, principal.account_id) as rows:
        return await quote_list(viewer.services, viewer.dependencies.estimates, principal, options, rows)


async def _start(viewer: Viewer, sent: SentList) -> UUID:
    principal = await app_principal(viewer.services, viewer.owner)
    options = await viewer.dependencies.waterfalls.applied(principal, sent.options)
    await viewer.dependencies.take_place(principal)
    new = NewBatch(principal=principal, options=options)
    async with sent.rows(viewer.dependencies.readers, principal.account_id) as rows:
        return (await viewer.dependencies.receive_batch(new, rows)).batch.id


def _refuse(form: Form, error: RequestError) -> None:
    """Note why a list is not taken; a fault of the service itself is a page of its own."""
    match error:
        case InvalidInputError() if [problem.field for problem in error.problems] == ["quote_id"]:
            form.fault("", "the list has changed since it was checked; check it again, and start it then")
        case InvalidInputError():
            each = [msgspec.structs.replace(one, message=in_words(one.message)) for one in error.problems]
            form.refused(InvalidInputError(each))
        case NotEnoughCreditsError():
            form.fault("", f"the list costs {error.required} credits at most, and the account has {error.available}")
        case RateLimitedError() | AccountLimitError():
            form.fault("", f"{error}")
        case _:
            raise error


def _columns(reading: FileReading) -> list[tuple[str, str]]:
    """List the columns, each with the member that it fills; empty where it is not read."""
    used = {one.column: one.fills for one in reading.columns_used}
    return [*used.items(), *((column, "") for column in reading.columns_ignored if column not in used)]


async def _render(viewer: Viewer, form: Form | None = None, *, status: int = HTTPStatus.OK, **context: Any) -> Answer:  # noqa: ANN401 - for the template alone
    balance = await read_balance(viewer.services, viewer.owner)
    shown = {"found": None, "quote": None, "columns": [], "warnings": [], "sent": "", "encoding": "", **context}
    known = [one.waterfall.name for one in await viewer.dependencies.waterfalls.list(viewer.owner)]
    waterfalls = [("", "the account's default"), *((name, name) for name in known if name != DEFAULT)]
    shown |= {"types": _TYPES, "members": _MEMBERS, "encodings": CHARSETS, "waterfalls": waterfalls}
    return viewer.render("lists/new.html", status=status, form=form, balance=balance.balance, **shown)
