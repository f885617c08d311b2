"""The owner of data: an account in one mode."""

from uuid import UUID

import msgspec

from app.domain.vocabulary import Mode


class Owner(msgspec.Struct, frozen=True, order=True):
    """An account in one mode. Test data and live data of an account have different owners.

    Whatever belongs to another owner does not exist for a key, so a test key finds no live data and a live key no test
    data.
    """

    account_id: UUID
    mode: Mode
