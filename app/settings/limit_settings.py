"""The settings of what clients and accounts may use at once, in a minute and in a day."""

from typing import Annotated

from app.settings.fields import Count, setting
from app.settings.order_settings import OrderSettings


class LimitSettings(OrderSettings, frozen=True, kw_only=True):
    """The limits of connections, requests, uploads and rows."""

    http_connections: Annotated[
        Count,
        setting(
            "Connections that one API process holds; beyond it, the connections that have waited longest for a "
            "request are closed."
        ),
    ] = 4000
    http_connections_per_address: Annotated[
        Count, setting("The same for one address; an IPv6 address counts with its /64 network.")
    ] = 500
    failed_authentications: Annotated[
        Count,
        setting("Requests without a valid key that one address may make in any 60 s before it is answered 429."),
    ] = 300
    rate_limit: Annotated[
        Count, setting("Submissions a key may make in any 60 s, if the key has no limit of its own.")
    ] = 60
    read_limit: Annotated[Count, setting("Reads a key may make in any 60 s.")] = 6000
    refusal_limit: Annotated[
        Count, setting("Refused requests of a key in any 60 s; beyond it each request of the key gets 429.")
    ] = 600
    uploads_at_once: Annotated[Count, setting("Uploads of an account that may be under way at once.")] = 4
    upload_mib_a_day: Annotated[Count, setting("MiB that an account may upload a day (UTC), refused ones too.")] = 4096
    downloads_at_once: Annotated[Count, setting("Downloads of results that an account may have under way at once.")] = 8
    mcp_calls_at_once: Annotated[Count, setting("Calls of tools (`/mcp`) an account may have under way at once.")] = 16
    waits_at_once: Annotated[
        Count, setting("Event streams and waiting requests of an account that one API process holds at once.")
    ] = 500
    test_rows_a_day: Annotated[Count, setting("Rows that an account's test keys may store a day (UTC).")] = 300_000
