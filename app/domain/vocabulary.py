"""The vocabulary that several packages share: fields, statuses, modes, dialects, lanes and tiers."""

from enum import StrEnum


class EnrichmentType(StrEnum):
    """The kind of values that a run looks for; `VERIFY` judges an e-mail address that is known."""

    EMAIL = "email"
    PHONE = "phone"
    ALL = "all"
    VERIFY = "verify"


# The types that find something of a contact.
FINDS = (EnrichmentType.EMAIL, EnrichmentType.PHONE, EnrichmentType.ALL)


class Field(StrEnum):
    """One kind of value; each has a cascade of its own. `VERIFY` judges an e-mail address that is known."""

    EMAIL = "email"
    PHONE = "phone"
    VERIFY = "verify"


FINDABLE = (Field.EMAIL, Field.PHONE)


FIELDS_OF: dict[EnrichmentType, tuple[Field, ...]] = {
    EnrichmentType.EMAIL: (Field.EMAIL,),
    EnrichmentType.PHONE: (Field.PHONE,),
    EnrichmentType.ALL: (Field.EMAIL, Field.PHONE),
    EnrichmentType.VERIFY: (Field.VERIFY,),
}


class RunStatus(StrEnum):
    """The state of a run."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Mode(StrEnum):
    """Live keys reach vendors and cost credits; test keys reach the sandbox and cost nothing."""

    LIVE = "live"
    TEST = "test"


class Dialect(StrEnum):
    """A published form of the API."""

    LEADMODULE = "leadmodule"
    LEADSONAR = "leadsonar"


class Lane(StrEnum):
    """The queue of a cascade; it also decides how long slow providers may take."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class ResultStatus(StrEnum):
    """The result of a run that has ended."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    ERROR = "error"


class Tier(StrEnum):
    """The tier of a provider by cost and reliability; the cascade begins with T1."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
