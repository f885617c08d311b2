"""C32: an outage is no crash, and fills no log."""

import msgspec
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.broker import QUEUES, Broker
from app.domain.errors import UnavailableError
from app.redis.client import open_redis
from app.services import open_services, uuid7
from app.settings.settings import Settings
from app.store.database.errors import is_away, reaching_the_database
from tests.api.test_server import free_port


async def test_c32_notifications_that_are_lost_log_one_line_a_queue_without_a_traceback() -> None:
    nobody = Settings(redis_url=f"redis://127.0.0.1:{free_port()}")
    with capture_logs() as logged:
        async with open_redis(nobody) as redis:
            broker = Broker(redis)
            for _ in range(50):
                for queue in QUEUES:
                    broker.notify(queue, [uuid7(0)])
            await broker.close()
    lost = [line for line in logged if line["event"] == "notification.lost"]
    assert sorted(line["queue"] for line in lost) == sorted(QUEUES)
    assert len(lost) == len(logged)
    assert not any("exc_info" in line for line in logged)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_c32_a_pool_without_a_free_connection_is_a_database_that_is_away(settings: Settings) -> None:
    async with open_services(msgspec.structs.replace(settings, db_pool_size=1)) as services:
        async with services.engine.connect() as held:
            await held.execute(text("SELECT 1"))
            with pytest.raises(Exception, match="QueuePool limit") as timeout:
                async with services.engine.connect():
                    pass
            assert is_away(timeout.value)
            with pytest.raises(UnavailableError), reaching_the_database():
                raise timeout.value
        async with services.engine.connect() as healed:
            assert await healed.scalar(text("SELECT 1")) == 1
