"""The Celery object: how the workers take messages from Redis."""

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.redis import Transport
from redis.exceptions import RedisError

from app.broker import KEY_PREFIX
from app.domain.vocabulary import Lane
from app.settings.settings import Settings

SOCKET_TIMEOUT = 5


class SteadyTransport(Transport):
    """Kombu's transport, for which every error of Redis is a lost connection: the worker connects again and lives on.

    Kombu itself counts READONLY, OOM, NOAUTH, UNBLOCKED and their like as faults of a channel, with which a worker
    exits.
    """

    connection_errors = (*Transport.connection_errors, RedisError, RuntimeError)


# Of every form of the address; Kombu resolves a URL's scheme here and nowhere else.
TRANSPORT_ALIASES |= {
    scheme: f"{__name__}:{SteadyTransport.__name__}" for scheme, path in TRANSPORT_ALIASES.items() if ".redis:" in path
}


def make_celery(settings: Settings) -> Celery:
    """Configure Celery: sockets that notice a dead broker, less what leases make needless (late acks, redelivery)."""
    celery = Celery("leadrun", broker=settings.redis_address().for_celery())
    celery.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=2,
        broker_pool_limit=2,
        task_publish_retry=False,
        task_create_missing_queues=True,
        task_default_queue=Lane.INTERACTIVE.value,
        broker_transport_options={
            # A message is a hint; the lease in the database is what makes work safe, so nothing is put back.
            "ack_emulation": False,
            "socket_timeout": SOCKET_TIMEOUT,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
            "health_check_interval": 10,
            "queue_order_strategy": "round_robin",
            "global_keyprefix": KEY_PREFIX,
        },
    )
    return celery
