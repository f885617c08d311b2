"""The shapes of everything but runs, from which the specification's schemas are generated."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects.member_types import Credits
from app.domain.vocabulary import Tier


class CreditBalance(Struct, kw_only=True):
    """Always `balance = total_earned - total_spent`."""

    balance: Credits
    total_earned: Credits
    total_spent: Credits


class Provider(Struct, kw_only=True):
    """A provider that this key reaches."""

    name: str
    type: Literal["email", "phone", "both"]
    tier: Tier
    enabled: bool


class Providers(Struct, kw_only=True):
    """Every provider, by tier."""

    providers: list[Provider]
    total_enabled: Annotated[int, Meta(ge=0)]


class FieldProblem(Struct, kw_only=True):
    """One wrong member; `field` is empty for the body as a whole."""

    field: str
    message: str


class Problem(Struct, kw_only=True, rename="camel"):
    """A problem document (RFC 9457); further members by type."""

    type: str
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: str
    instance: str
    error: Annotated[str, Meta(description="The same sentence as `detail`.")]
    request_id: str
    errors: list[FieldProblem] | UnsetType = UNSET
    credits_required: Credits | UnsetType = UNSET
    credits_available: Credits | UnsetType = UNSET
    limit: int | UnsetType = UNSET
    window_seconds: int | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET
    checks: dict[str, Literal["up", "down"]] | UnsetType = UNSET


class Live(Struct, kw_only=True):
    """The process answers."""

    status: Literal["live"]


class Ready(Struct, kw_only=True):
    """Postgres and Redis answer."""

    status: Literal["ready"]
    checks: dict[str, Literal["up", "down"]]


class ErrorPage(Struct, kw_only=True):
    """What an error means."""

    type: str
    title: str
    status: int
    meaning: str
    remedy: str
