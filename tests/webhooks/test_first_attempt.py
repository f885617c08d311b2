"""When tries start (W3): the first one with the commit that ended the run, a later one within a look of its time."""

import json
from base64 import b64decode
from itertools import pairwise

from redis.asyncio import Redis

from app.broker import QUEUE_WEBHOOKS
from app.domain.contacts.contact import Contact
from app.domain.runs.lookup_options import LookupOptions
from app.domain.vocabulary import Mode
from app.domain.webhooks.delivery import SCHEDULES
from app.services import Services
from app.settings.reading import read_settings
from app.usecases.accounts.authenticate import Authenticator
from app.usecases.accounts.manage_keys import ManageKeys
from app.usecases.runs.cancel import cancel_run
from app.usecases.runs.submission import Submission
from app.usecases.runs.submit import Submit
from tests.play.clock import SetClock
from tests.webhooks.conftest import PATIENCE, Box, until
from tests.webhooks.receiver import Receiver
from tests.webhooks.subscribed import subscribe
from webhooks.dispatcher import Dispatcher

JANE = Contact(first_name="Jane", last_name="Smith", company_domain="acme.example")
# Where Celery's transport puts the notifications of dispatchers.
QUEUE = f"leadrun:{QUEUE_WEBHOOKS}"
# Seconds that a retry may come later than its jitter says.
LATEST = 5.0


async def _cancelled(services: Services, receiver: Receiver) -> None:
    """End a run that is reported to a URL and to an endpoint."""
    made = await ManageKeys(services).create(account="acme", mode=Mode.TEST)
    principal = await Authenticator(services)(made.api_key)
    await subscribe(Box(services), principal.owner, receiver.url)
    submission = Submission(principal=principal, contact=JANE, options=LookupOptions(webhook_url=receiver.url))
    [accepted] = await Submit(services)([submission])
    await cancel_run(services, accepted.run.owner, accepted.run.id)


async def test_w3_who_is_told_that_a_run_has_ended_finds_its_first_tries_due(
    services: Services, box: Box, receiver: Receiver
) -> None:
    async with Redis.from_url(services.settings.redis_url or "", socket_timeout=None) as redis:
        await _cancelled(services, receiver)
        told = await redis.blpop([QUEUE], timeout=PATIENCE)
        assert told
        # Nothing else is sent: one message names all that the commit owes.
        assert await redis.llen(QUEUE) == 0
    [ids], _, _ = json.loads(b64decode(json.loads(told[1])["body"]))
    for delivery in ids:
        row = await box.row(delivery)
        assert (row.state, row.due_at, row.lease_owner) == ("pending", services.now(), None)
    assert await Dispatcher(services).deliver_due() == len(ids) == 2
    await receiver.wait_for(2)


def test_w3_quickstart_is_the_default_and_each_of_its_delays_is_six_times_the_one_before() -> None:
    delays = read_settings({}).webhook_retry_delays
    assert delays == SCHEDULES["quickstart"] == (10.0, 60.0, 360.0)
    assert {after / before for before, after in pairwise(delays)} == {6.0}


async def test_w3_a_retry_that_is_due_is_found_by_the_next_look_without_a_word(
    services: Services, box: Box, receiver: Receiver, clock: SetClock
) -> None:
    settings = read_settings({})
    # A sweep comes after three to five quarters of its period, whatever Redis says or has forgotten.
    assert settings.recovery_seconds * 1.25 <= LATEST
    assert settings.webhook_jitter == 0.2
    [delivery] = await box.owe(receiver.url)
    clock.forward(-0.001)
    dispatcher = Dispatcher(services)
    assert await dispatcher.deliver_due() == 0
    clock.forward(0.001)
    assert await dispatcher.deliver_due() == 1

    async def delivered() -> bool:
        return bool((await box.row(delivery)).state == "delivered")

    await until(delivered)
