"""Remember for a day in Redis what DNS said of mail domains; what Redis has lost is asked again."""

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.domain.waterfall.mail_domain import MailDomain

A_DAY = 86_400
_decode = msgspec.json.Decoder(MailDomain).decode
_encode = msgspec.json.Encoder().encode


class MailDomainCache:
    """The answers of DNS, shared by all processes."""

    def __init__(self, redis: Redis) -> None:
        """Use a connection."""
        self._redis = redis

    async def read(self, domain: str) -> MailDomain | None:
        """Return what is known of a domain."""
        try:
            held = await self._redis.get(_key(domain))
            return _decode(held) if held else None
        except (RedisError, msgspec.DecodeError):
            return None

    async def write(self, domain: str, found: MailDomain) -> None:
        """Remember what DNS said."""
        try:
            await self._redis.set(_key(domain), _encode(found), ex=A_DAY)
        except RedisError:
            return


def _key(domain: str) -> str:
    return f"leadrun:mail-domain:{domain}"
