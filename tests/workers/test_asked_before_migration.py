"""What the cache held before it knew whom it had asked is filled from the attempts."""

from importlib import import_module

from sqlalchemy import text

from tests.workers.conftest import OpenHouse
from tests.workers.test_completion import two


async def test_an_older_miss_answers_as_one_that_knows_who_was_asked(open_house: OpenHouse) -> None:
    async with two(open_house) as both:
        await both.run(only_providers=("hunter",))
        async with both.house.services.write() as connection:
            known = await connection.scalar(text("SELECT asked_before FROM cache_entries"))
            await connection.execute(text("UPDATE cache_entries SET asked_before = '[]'"))
            migration = import_module("migrations.versions.0013_asked_before")
            await connection.execute(text(migration.FROM_ATTEMPTS.replace(":MI", "\\:MI").replace(":SS", "\\:SS")))
            filled = await connection.scalar(text("SELECT asked_before FROM cache_entries"))
        assert [(one["provider"], one["field"], one["outcome"]) for one in filled] == [("hunter", "email", "miss")]
        assert filled[0].keys() == known[0].keys()
        assert (await both.run(only_providers=("hunter",))).cached
        completed = await both.run()
        assert (completed.credits_used, both.calls()) == (0, (1, 1))
