"""A key as the pages show it: its terms, how it stands, and how much it is used."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from app.domain.accounts.key_terms import KeyTerms
from app.domain.errors import UnknownIdError
from app.redis.submission_counts import SubmissionCounts, read_counts
from app.store.runs.key_activity import MOST_COUNTED, runs_since
from app.usecases.accounts.app_key import APP_DISPLAY
from app.usecases.accounts.authenticate import Principal
from app.usecases.accounts.manage_keys import KeySummary
from app.usecases.accounts.own_keys import OwnKeys
from app.web.frame.viewer import Viewer

ACTIVE_DAYS = 7


class ShownKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, with what lists show of it.

    Attributes:
        state: A badge: its kind and its word.
        runs: Of the last days, at most so many as are counted.
        submissions: By day; None while Redis, which has them, is away.
    """

    key: KeySummary
    state: tuple[str, str]
    runs: int
    submissions: SubmissionCounts | None

    @property
    def title(self) -> str:
        """Its name, or its beginning where it has none."""
        return self.key.name or f"{self.key.display}…"

    @property
    def is_app(self) -> bool:
        """Whether it is the app's own, which nobody knows."""
        return self.key.display == APP_DISPLAY

    @property
    def is_over(self) -> bool:
        """Whether it is revoked or has expired."""
        return self.state[0] == "miss"

    @property
    def runs_in_words(self) -> str:
        """The runs, with a plus where there may be more."""
        return f"{self.runs:,}+" if self.runs >= MOST_COUNTED else f"{self.runs:,}"


def own_keys(viewer: Viewer, plan: str = "") -> OwnKeys:
    """Return the keys of the viewer's account and mode, to be managed with every right; new ones are of the plan."""
    owner = viewer.owner
    everything = Principal(
        account_id=owner.account_id, key_id=UUID(int=0), plan=plan, mode=owner.mode, rate_limit=0, terms=KeyTerms()
    )
    return OwnKeys(viewer.services, everything)


async def read_keys(viewer: Viewer) -> list[ShownKey]:
    """Read the keys, the newest first."""
    return await _shown(viewer, await own_keys(viewer).list())


async def read_key(viewer: Viewer) -> ShownKey:
    """Read the key that the path names.

    Raises:
        UnknownIdError: It is not one of this account and mode.
    """
    wanted = viewer.path_id("key_id", "key")
    found = [key for key in await own_keys(viewer).list() if key.id == wanted]
    if not found:
        raise UnknownIdError("key")
    return (await _shown(viewer, found))[0]


async def _shown(viewer: Viewer, keys: Sequence[KeySummary]) -> list[ShownKey]:
    since = viewer.services.now() - timedelta(days=ACTIVE_DAYS)
    async with viewer.services.read() as connection:
        counts: dict[UUID, int] = dict(await runs_since(connection, [key.id for key in keys], since))
    counted = await read_counts(viewer.services.redis, [key.id for key in keys], viewer.services.now())
    return [
        ShownKey(
            key=key,
            state=_state(viewer, key),
            runs=counts.get(key.id, 0),
            submissions=counted[key.id] if counted else None,
        )
        for key in keys
    ]


def _state(viewer: Viewer, key: KeySummary) -> tuple[str, str]:
    now = viewer.services.now()
    if key.revoked_at and key.revoked_at <= now:
        return "miss", "revoked"
    if key.expires_at and key.expires_at <= now:
        return "miss", "expired"
    if key.expires_at and key.expires_at <= now + timedelta(days=ACTIVE_DAYS):
        return "risky", "ends soon"
    return "hit", "works"
