"""The order in which providers are asked: the waterfalls by name, what comes of each, and a list of one's own."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec

from app.dialects.member_types import MAX_WATERFALL_NAME, WATERFALL_NAME
from app.domain.errors import InvalidInputError
from app.domain.order.waterfall import DEFAULT, Strategy, Waterfall
from app.usecases.accounts.waterfalls import NamedWaterfall
from app.usecases.planning.show_order import show_order
from app.web.frame.form import Form
from app.web.frame.page import Answer, page
from app.web.frame.viewer import Viewer

_SHAPE = re.compile(WATERFALL_NAME)
HERE = "/app/providers/order"
_ORIGINS = {"account": "yours", "installation": "of this installation", "built-in": "there for everybody"}


class ListedProvider(msgspec.Struct, frozen=True):
    """A provider of one's own list, and the links that move it or leave it out."""

    name: str
    up: str | None
    down: str | None
    out: str | None


@page("GET", HERE)
async def show(viewer: Viewer) -> Answer:
    """Show the order that comes of a waterfall, and the list that is being put together."""
    return await _render(viewer, viewer.query("waterfall"), viewer.query("list"), Form())


@page("POST", f"{HERE}/default")
async def choose_default(viewer: Viewer) -> Answer:
    """Let look-ups that name no waterfall follow one."""
    form = await viewer.form()
    name = form.text("waterfall", most=MAX_WATERFALL_NAME, required=False)
    await viewer.dependencies.waterfalls.choose_default(viewer.owner, name)
    return viewer.redirect(HERE)


@page("POST", f"{HERE}/keep")
async def keep_list(viewer: Viewer) -> Answer:
    """Keep a list as a waterfall of the account."""
    form = await viewer.form()
    name, listed = form.text("name", most=MAX_WATERFALL_NAME), _known(viewer, form.value("list"))
    if name and not _SHAPE.fullmatch(name):
        form.fault("name", "may have small letters, digits, - and _, and begins with a letter or a digit")
    if not form.faults:
        try:
            made = Waterfall(name=name, strategy=Strategy.FIXED, providers=listed)
            await viewer.dependencies.waterfalls.put(viewer.owner, made)
        except InvalidInputError as error:
            form.refused(error, ("name",))
        else:
            return viewer.redirect(f"{HERE}?waterfall={name}")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return await _render(viewer, form.value("waterfall"), form.value("list"), form, status)


async def _render(viewer: Viewer, name: str, given: str, form: Form, status: int = HTTPStatus.OK) -> Answer:
    known = {one.waterfall.name: one for one in await viewer.dependencies.waterfalls.list(viewer.owner)}
    standard = viewer.services.settings.waterfall
    own = known.get(DEFAULT)
    default = own if own and own.origin == "account" else known[standard]
    chosen = known.get(name, default)
    orders = await show_order(viewer.services, viewer.owner, chosen.waterfall)
    asked = list(dict.fromkeys(one.provider for order in orders for one in order.providers))
    mine = list(_known(viewer, given)) or [one for one in chosen.waterfall.only or asked if one in asked]
    enabled = [one.name for one in viewer.dependencies.registry.listing(viewer.mode) if one.enabled]
    title = _title(default, known.values())
    return viewer.render(
        "providers/order.html",
        status=status,
        form=form,
        choices=[(one.waterfall.name, f"{one.waterfall.name}, {_ORIGINS[one.origin]}") for one in known.values()],
        chosen=chosen.waterfall.name,
        default=title,
        is_own=default.origin == "account",
        is_default=chosen is default or chosen.waterfall.name == title,
        standard=standard,
        orders=orders,
        listed=_listed(mine, chosen.waterfall.name),
        left_out=[(one, _link([*mine, one], chosen.waterfall.name)) for one in enabled if one not in mine],
        list=",".join(mine),
    )


def _title(default: NamedWaterfall, known: Iterable[NamedWaterfall]) -> str:
    """Name the waterfall that the default is a copy of."""
    for one in known:
        renamed = msgspec.structs.replace(one.waterfall, name=DEFAULT)
        if one is not default and default.waterfall.name == DEFAULT and renamed == default.waterfall:
            return one.waterfall.name
    return default.waterfall.name


def _known(viewer: Viewer, given: str) -> tuple[str, ...]:
    """Read a list of providers, those alone that keys of the mode reach."""
    reached = viewer.dependencies.registry.names(viewer.mode)
    return tuple(one for one in dict.fromkeys(given.split(",")) if one in reached)


def _listed(names: list[str], chosen: str) -> list[ListedProvider]:
    def moved(place: int, to: int) -> str | None:
        if not 0 <= to < len(names):
            return None
        changed = list(names)
        changed.insert(to, changed.pop(place))
        return _link(changed, chosen)

    return [
        ListedProvider(
            name,
            moved(place, place - 1),
            moved(place, place + 1),
            _link([one for one in names if one != name], chosen) if len(names) > 1 else None,
        )
        for place, name in enumerate(names)
    ]


def _link(names: list[str], chosen: str) -> str:
    return f"{HERE}?{urlencode({'waterfall': chosen, 'list': ','.join(names)}, safe=',')}#own"
