"""The pepper of this installation's API keys in the database: 244 random bits, drawn when they are first needed."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.tables.core import key_pepper

_TWO_IDS = func.concat(func.gen_random_uuid(), func.gen_random_uuid())
_READ = select(key_pepper.c.pepper)
_DRAW = insert(key_pepper).values(pepper=func.decode(func.replace(_TWO_IDS, "-", ""), "hex")).on_conflict_do_nothing()


async def read_pepper(connection: AsyncConnection) -> bytes:
    """Read the pepper, and draw it where there is none yet, within a transaction that is committed."""
    pepper = await connection.scalar(_READ)
    if pepper is None:
        await connection.execute(_DRAW)
        pepper = await connection.scalar(_READ)
    return bytes(pepper or b"")
