"""The client against the published services, played as their pages describe them: only base URL and key differ."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from leadrun import Leadrun, errors
from tests.clients.published import KEY, Published, published

JANE: dict[str, Any] = {"first_name": "Jane", "last_name": "Smith"}


@pytest.fixture
def service() -> Iterator[tuple[Published, str]]:
    with published() as found:
        yield found


@pytest.mark.parametrize("base", ["", "/api/v1", "/api/v1/", "/api/v1/enrich"])
def test_any_published_base_url_is_taken(service: tuple[Published, str], base: str) -> None:
    assert Leadrun(KEY, service[1] + base).credits().balance == 450


def test_submit_poll_and_result(service: tuple[Published, str]) -> None:
    played, url = service
    client = Leadrun(KEY, url)
    run = client.enrich(**JANE, company_domain="acme.example")
    assert (run.email, run.found, run.credits_used) == ("jane.smith@acme.example", True, 1)
    assert (len(played.posts), played.polls) == (2, 2)
    cached = client.enrich(first_name="Jane", last_name="Known")
    assert (cached.cached, cached.credits_used) == (True, 0)


def test_the_other_service(service: tuple[Published, str]) -> None:
    client = Leadrun(KEY, service[1])
    assert client.find_email(**JANE, domain="acme.example").email == "j@acme.example"
    with pytest.raises(errors.AuthenticationError):
        Leadrun("ls_live_other", service[1]).find_email(**JANE, domain="acme.example")
    with pytest.raises(errors.NotFoundError):
        client.providers()


def test_a_service_without_idempotency_is_never_asked_twice(service: tuple[Published, str]) -> None:
    played, url = service
    played.posts.append({})
    with pytest.raises(errors.NoAnswerError) as lost:
        Leadrun(KEY, url, idempotent=False).enrich(first_name="Jane", last_name="Cut")
    assert lost.value.sent
    assert len(played.posts) == 2


async def test_many_contacts(service: tuple[Published, str]) -> None:
    contacts = [{"first_name": "Jane", "last_name": "Known"} for _ in range(5)]
    outcomes = await asyncio.to_thread(lambda: list(Leadrun(KEY, service[1]).enrich_many(contacts)))
    assert [one.email for one in outcomes] == ["jane.smith@acme.example"] * 5
