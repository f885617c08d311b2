"""The problem document (RFC 9457), as the specification describes it."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects.member_types import Credits
from app.domain.problems import MAX_PROBLEMS


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
    errors: Annotated[list[FieldProblem], Meta(max_length=MAX_PROBLEMS)] | UnsetType = UNSET
    more_errors: Annotated[int, Meta(ge=1, description="How many there are besides `errors`.")] | UnsetType = UNSET
    required_scope: str | UnsetType = UNSET
    credits_required: Credits | UnsetType = UNSET
    credits_available: Credits | UnsetType = UNSET
    limit: int | UnsetType = UNSET
    window_seconds: int | UnsetType = UNSET
    retry_after: int | UnsetType = UNSET
    checks: dict[str, Literal["up", "down"]] | UnsetType = UNSET
