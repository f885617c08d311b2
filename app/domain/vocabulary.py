"""The words that several packages share: fields, statuses, modes, lanes and tiers."""

from enum import StrEnum


class EnrichmentType(StrEnum):
    """What a run looks for."""

    EMAIL = "email"
    PHONE = "phone"
    ALL = "all"


class Field(StrEnum):
    """One kind of value; each has a cascade of its own."""

    EMAIL = "email"
    PHONE = "phone"


FIELDS_OF: dict[EnrichmentType, tuple[Field, ...]] = {
    EnrichmentType.EMAIL: (Field.EMAIL,),
    EnrichmentType.PHONE: (Field.PHONE,),
    EnrichmentType.ALL: (Field.EMAIL, Field.PHONE),
}


class RunStatus(StrEnum):
    """Where a run stands."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Mode(StrEnum):
    """Live keys reach vendors and cost credits; test keys reach the sandbox and cost nothing."""

    LIVE = "live"
    TEST = "test"


class Lane(StrEnum):
    """Which queue carries a cascade, and how patient it is with slow vendors."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class ResultStatus(StrEnum):
    """What a run that has ended came to."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    ERROR = "error"


class Tier(StrEnum):
    """Groups of providers by cost and reliability; T1 is asked first."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
