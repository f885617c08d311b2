"""Waterfalls by name: the account's, the installation's, and those that exist everywhere; and which one holds."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from app.domain.accounts.audit import AuditAction
from app.domain.accounts.owner import Owner
from app.domain.errors import FieldError, InvalidInputError, UnknownIdError
from app.domain.order.waterfall import BUILT_IN, DEFAULT, Rules, Waterfall
from app.domain.runs.lookup_options import LookupOptions
from app.services import Services
from app.settings.settings import Settings, SettingsError
from app.store.accounts import waterfalls
from app.usecases.accounts.authenticate import Principal
from app.usecases.audit.note import note

MOST = 200
VARIABLE, FILE_VARIABLE = "LEADRUN_WATERFALL", "LEADRUN_WATERFALLS_FILE"


class NamedWaterfall(msgspec.Struct, frozen=True, kw_only=True):
    """A waterfall, and whose it is: `account`, `installation` or `built-in`."""

    waterfall: Waterfall
    origin: str


class Waterfalls:
    """The waterfalls that requests may name."""

    def __init__(self, services: Services) -> None:
        """Read those of the installation.

        Raises:
            SettingsError: Their file cannot be read, or the default is none of them.
        """
        self._services = services
        self._installed = installed_waterfalls(services.settings)

    async def list(self, owner: Owner) -> list[NamedWaterfall]:
        """List all, the account's own first; one hides those behind it that have the same name."""
        async with self._services.read() as connection:
            own = await waterfalls.of_owner(connection, owner)
        sources = (("account", own), ("installation", self._installed), ("built-in", BUILT_IN))
        found: dict[str, NamedWaterfall] = {}
        for origin, named in sources:
            for name, waterfall in named.items():
                found.setdefault(name, NamedWaterfall(waterfall=waterfall, origin=origin))
        return list(found.values())

    async def get(self, owner: Owner, name: str) -> NamedWaterfall:
        """Return one.

        Raises:
            UnknownIdError: There is none of that name.
        """
        for one in await self.list(owner):
            if one.waterfall.name == name:
                return one
        raise UnknownIdError("waterfall")

    async def put(self, owner: Owner, waterfall: Waterfall) -> bool:
        """Write one of the account's; return whether it is new.

        Raises:
            InvalidInputError: The name is one that exists everywhere, it contradicts itself, or there are too many.
        """
        problem = None
        if waterfall.name in BUILT_IN:
            problem = "", f"{waterfall.name} exists everywhere and cannot be changed; choose another name"
        elif (fault := waterfall.problem) is not None:
            problem = fault
        if problem:
            raise InvalidInputError([FieldError(field=problem[0], message=problem[1])])
        async with self._services.write() as connection:
            own = await waterfalls.of_owner(connection, owner)
            if waterfall.name not in own and len(own) >= MOST:
                message = f"an account may have {MOST} waterfalls; delete one first"
                raise InvalidInputError([FieldError(field="", message=message)])
            await waterfalls.put(connection, owner, waterfall, self._services.now())
            await note(connection, self._services, AuditAction.WATERFALL_CHANGED, owner.account_id, waterfall.name)
        return waterfall.name not in own

    async def remove(self, owner: Owner, name: str) -> None:
        """Delete one of the account's.

        Raises:
            UnknownIdError: The account has none of that name.
        """
        async with self._services.write() as connection:
            if not await waterfalls.remove(connection, owner, name):
                raise UnknownIdError("waterfall")
            await note(connection, self._services, AuditAction.WATERFALL_DELETED, owner.account_id, name)

    async def choose_default(self, owner: Owner, name: str) -> None:
        """Let requests that name no waterfall follow a copy of one, as the account's `default`.

        Args:
            owner: Of the requests.
            name: Of the waterfall; empty for the installation's default.

        Raises:
            UnknownIdError: There is none of that name.
        """
        if name:
            chosen = await self.get(owner, name)
            await self.put(owner, msgspec.structs.replace(chosen.waterfall, name=DEFAULT))
        elif any(one.waterfall.name == DEFAULT and one.origin == "account" for one in await self.list(owner)):
            await self.remove(owner, DEFAULT)

    async def applied(self, principal: Principal, options: LookupOptions) -> LookupOptions:
        """Return a request's options under the waterfall that it names, or under the default.

        The default is the account's waterfall `default`, or that of the installation.

        Raises:
            InvalidInputError: It names one that does not exist.
            UnavailableError: The database cannot be reached.
        """
        name = options.waterfall_name
        own: Mapping[str, Waterfall] = {}
        # Most accounts have none of their own, and their requests need not look.
        if principal.has_waterfalls or (name is not None and name not in self._installed and name not in BUILT_IN):
            async with self._services.read() as connection:
                own = await waterfalls.of_owner(connection, principal.owner)
        known = {**BUILT_IN, **self._installed, **own}
        chosen = known.get(name or (DEFAULT if DEFAULT in own else self._services.settings.waterfall))
        if chosen is None:
            message = f"there is no waterfall {name!r}; known are {', '.join(sorted(known))}"
            raise InvalidInputError([FieldError(field="waterfall", message=message)])
        return options.under(chosen)


def installed_waterfalls(settings: Settings) -> dict[str, Waterfall]:
    """Read the installation's waterfalls.

    Raises:
        SettingsError: The file cannot be read, or the default is none of them.
    """
    found: dict[str, Waterfall] = {}
    if settings.waterfalls_file:
        try:
            text = Path(settings.waterfalls_file).read_bytes()
            given = msgspec.json.decode(text, type=dict[str, dict[str, object]])
            found = {name: read_waterfall(name, members) for name, members in given.items()}
        except OSError as error:
            raise SettingsError([f"{FILE_VARIABLE}: the file cannot be read: {error.strerror}"]) from None
        except (msgspec.MsgspecError, ValueError) as error:
            raise SettingsError([f"{FILE_VARIABLE}: {error}"]) from None
    if settings.waterfall not in {**BUILT_IN, **found}:
        known = ", ".join(sorted({**BUILT_IN, **found}))
        raise SettingsError([f"{VARIABLE}: there is no waterfall {settings.waterfall!r}; known are {known}"])
    return found


def read_waterfall(name: str, members: Mapping[str, object]) -> Waterfall:
    """Read a waterfall as operators write it, strictly.

    Raises:
        ValueError: With the name of the waterfall and what is wrong.
    """
    for path, rules in (("", members), *((f"{f}.", members.get(f)) for f in ("email", "phone"))):
        kind = Waterfall if not path else Rules
        known = {field.encode_name for field in msgspec.structs.fields(kind)} - {"name"}
        if isinstance(rules, Mapping) and (unknown := sorted(set(rules) - known)):
            raise ValueError(f"{name}: {path}{unknown[0]} is no member; known are {', '.join(sorted(known))}")
    try:
        waterfall = msgspec.convert({**members, "name": name}, Waterfall)
    except msgspec.ValidationError as error:
        raise ValueError(f"{name}: {error}") from None
    if waterfall.problem:
        raise ValueError(f"{name}: {waterfall.problem[0]}: {waterfall.problem[1]}")
    return waterfall
