"""The settings of what is checked before a provider is paid."""

from typing import Annotated

import msgspec

from app.settings import parsers
from app.settings.fields import setting


class SpendSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of checks before a provider is paid."""

    preflight: Annotated[
        bool,
        setting(
            "`false` asks e-mail providers although DNS says that the company's domain takes no mail.",
            parse=parsers.switch,
        ),
    ] = True
    dns_servers: Annotated[
        tuple[str, ...],
        setting(
            "Name servers to ask instead of the system's, `192.0.2.53` or `192.0.2.53:5353`, separated by commas.",
            parse=parsers.name_servers,
        ),
    ] = ()
