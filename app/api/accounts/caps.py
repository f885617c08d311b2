"""/caps: how much may be spent in a day or a month, and what counts against it."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from app.api.http.authentication import AuthenticatedRequest
from app.api.http.errors import BodyTooLargeError, UnsupportedMediaTypeError
from app.api.http.json_body import read_object
from app.api.openapi.operation import DocumentedResponse, operation
from app.dialects.body_members import FAULT
from app.dialects.body_reader import read_body
from app.dialects.member_types import Provider
from app.dialects.timestamp import Timestamp
from app.domain.accounts.key_terms import Scope
from app.domain.accounts.spend_cap import ALL_PROVIDERS, MOST, CapKey, CapPeriod, CapSetter, CapUnit, SpendCap, end_of
from app.domain.errors import FieldError, InvalidInputError
from app.domain.time_text import time_text
from app.usecases.accounts.manage_caps import ManageCaps

_MOST = int(MOST)
_Amount = Annotated[
    float,
    Meta(
        ge=0,
        le=_MOST,
        description="USD or credits; null removes the cap, 0 allows nothing.",
        extra={FAULT: f"must be a number from 0 to {_MOST}, or null to remove the cap"},
    ),
]


class CapRequestBody(Struct, kw_only=True, rename="camel"):
    """A cap to set, or to remove."""

    period: Annotated[CapPeriod, Meta(description="A day or a month of UTC.")]
    unit: Annotated[CapUnit, Meta(description="What providers charge in USD, or credits that are charged.")]
    provider: Annotated[Provider, Meta(description="At this one alone; of USD.")] | None = None
    amount: _Amount | None = None


class CapBody(Struct, kw_only=True, rename="camel"):
    """A cap, and what counts against it: spent, and reserved for calls under way."""

    period: CapPeriod
    unit: CapUnit
    provider: str | None
    amount: float
    used: float
    set_by: Annotated[CapSetter, Meta(description="The account changes its own caps; those of the operator hold too.")]
    resets_at: Timestamp


class CapsBody(Struct, kw_only=True, rename="camel"):
    """The caps of the account; all of them hold."""

    caps: list[CapBody]


@operation("GET", "/caps", answers={200: DocumentedResponse(description="All of them.", schema=CapsBody)})
async def list_caps(request: AuthenticatedRequest) -> CapsBody:
    """List the caps on what the account may spend, with what counts against each."""
    return await _shown(request)


@operation(
    "PUT",
    "/caps",
    scope=Scope.ADMIN_KEYS,
    body=CapRequestBody,
    answers={200: DocumentedResponse(description="The caps as they are now.", schema=CapsBody)},
    refuses=(InvalidInputError, BodyTooLargeError, UnsupportedMediaTypeError),
)
async def set_cap(request: AuthenticatedRequest) -> CapsBody:
    """Set or remove a cap on what the account may spend in a day or a month.

    It is in force within a second, and what was spent since the period began counts. A provider whose cap is reached is
    skipped; a request that a cap in credits does not leave room for is refused.
    """
    faults: list[FieldError] = []
    body = read_body(CapRequestBody, await read_object(request.http), faults)
    if body.provider and body.unit is CapUnit.CREDITS and not faults:
        faults.append(FieldError(field="provider", message="has caps in usd alone; credits are charged by request"))
    if faults:
        raise InvalidInputError(faults)
    key = CapKey(
        request.principal.account_id, body.provider or ALL_PROVIDERS, body.period, body.unit, CapSetter.ACCOUNT
    )
    amount = None if body.amount is None else round(Decimal(str(body.amount)), 6)
    await ManageCaps(request.dependencies.services).set(key, amount)
    return await _shown(request)


async def _shown(request: AuthenticatedRequest) -> CapsBody:
    services = request.dependencies.services
    now = services.now()

    def body(cap: SpendCap) -> CapBody:
        return CapBody(
            period=cap.period,
            unit=cap.unit,
            provider=cap.provider or None,
            amount=float(cap.amount),
            used=float(cap.used_at(now)),
            set_by=cap.set_by,
            resets_at=time_text(end_of(cap.period, now)),
        )

    return CapsBody(caps=[body(cap) for cap in await ManageCaps(services).of_account(request.principal.account_id)])
