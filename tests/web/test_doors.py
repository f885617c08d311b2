"""Nobody gets through a door of the app that is not theirs: every page, found by introspection."""

import re
from uuid import UUID

import pytest

from app.domain.people.role import Role
from app.web.frame.page import Access, Page
from app.web.pages import pages
from tests.web.stack import Stack

PAGES = sorted(pages(), key=lambda page: page.name)
CHANGES = [page for page in PAGES if page.method != "GET"]


def _path(page: Page) -> str:
    """A path of the page, to things that nobody has."""
    return re.sub(r"\{\w+\}", str(UUID(int=0)), page.path)


def _of(pages: list[Page], *access: Access) -> list[Page]:
    return [page for page in pages if page.access in access]


async def test_a_page_that_is_not_public_leads_visitors_and_old_sessions_to_the_log_in(stack: Stack) -> None:
    person = await stack.person(operator=True)
    stack.door.sql("UPDATE user_sessions SET last_used_at = now() - interval '12 hours 1 second'")
    for client in (stack.client(), stack.client(person)):
        async with client:
            for page in PAGES:
                if page.access is not Access.PUBLIC:
                    answer = await client.request(page.method, _path(page))
                    assert answer.status_code == 303, page.name
                    assert answer.headers["location"].startswith("/app/login"), page.name
                    assert not answer.content, page.name


async def test_a_change_without_the_token_or_from_another_site_is_refused(stack: Stack) -> None:
    owner = await stack.person(operator=True)
    async with stack.client(owner) as client:
        token = client.headers.pop("x-csrf-token")
        for page in CHANGES:
            for headers in ({}, {"x-csrf-token": "wrong"}, {"x-csrf-token": token, "sec-fetch-site": "cross-site"}):
                answer = await client.request(page.method, _path(page), headers=headers)
                assert answer.status_code == 403, (page.name, headers)
                assert "form" in answer.text, page.name


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
async def test_a_page_is_refused_to_a_role_that_does_not_suffice(stack: Stack, role: Role) -> None:
    person = await stack.person(role)
    too_high = [page for page in PAGES if page.access.role and not role.may(page.access.role)]
    async with stack.client(person) as client:
        for page in too_high:
            answer = await client.request(page.method, _path(page))
            assert answer.status_code == 403, page.name
            assert f"Your role in {person.account} is {role.value}" in answer.text, page.name


async def test_the_operators_pages_are_refused_to_an_owner(stack: Stack) -> None:
    async with stack.client(await stack.person()) as client:
        for page in _of(PAGES, Access.OPERATOR):
            answer = await client.request(page.method, _path(page))
            assert answer.status_code == 403, page.name
            assert "Only operators" in answer.text, page.name


async def test_a_person_without_an_account_sees_no_page_of_accounts(stack: Stack) -> None:
    person = await stack.person()
    stack.door.sql("DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE email = %s)", person.email)
    async with stack.client(person) as client:
        for page in PAGES:
            if page.access.role:
                answer = await client.request(page.method, _path(page))
                assert answer.status_code == 403, page.name
                assert "You belong to no account" in answer.text, page.name


async def test_things_that_nobody_has_are_not_found(stack: Stack) -> None:
    async with stack.client(await stack.person(operator=True)) as client:
        for page in PAGES:
            if "{" in page.path:
                answer = await client.request(page.method, _path(page))
                assert answer.status_code in {404, 410, 422}, (page.name, answer.status_code)
