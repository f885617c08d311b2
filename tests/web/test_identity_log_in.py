"""A log-in by an identity provider is used once, by its browser, and says what stopped it."""

import httpx
import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.people.identity import IdentityError
from app.web.frame.security import SESSION_COOKIE
from tests.play.identity_provider import PlayedProvider, answering, with_query
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.provider_log_in import begin, finish, known_person, new_email, provider_sign_in
from tests.web.stack import Stack, token_of


async def test_a_log_in_is_used_once_in_its_browser_within_ten_minutes(site: Stack, idp: PlayedProvider) -> None:
    email = new_email(site)
    await known_person(site, email)
    idp.person(email, email=email, email_verified=True)
    async with site.client() as client, site.client() as other:
        await other.get("/app/login")
        back = idp.confirm(await begin(client), email)
        # Another browser, such as one that is led to a log-in of somebody else, is not signed in, and uses nothing up.
        for browser in (other, site.client()):
            stopped = await browser.get(back)
            assert (stopped.status_code, "begun in another browser" in stopped.text) == (422, True)
            assert SESSION_COOKIE not in stopped.cookies
        before = dict(client.cookies)
        entered = await client.get(back)
        assert entered.status_code == 303
        secret = entered.cookies[SESSION_COOKIE]
        assert secret not in before.values()
        assert "begun in another browser" in (await client.get(back)).text
        client.cookies.clear()
        late = idp.confirm(await begin(client), email)
        site.door.sql("UPDATE begun_log_ins SET expires_at = now() - interval '1 second'")
        assert "took more than 10 minutes" in (await client.get(late)).text
        # What a person brings back is made up: a code of nobody, no code, another issuer, an error with markup.
        for change, status, words in (
            ({"code": "made-up"}, 422, "begun in another browser"),
            ({"code": ""}, 422, "cannot work with Acme"),
            ({"iss": "https://evil.example"}, 422, "did not prove who you are"),
            ({"error": "access_denied", "error_description": "<script>"}, 403, "did not confirm the log-in"),
            ({"error": "<script>"}, 422, "cannot work with Acme"),
            ({"error": "temporarily_unavailable"}, 503, "does not answer just now"),
        ):
            stopped = await client.get(with_query(idp.confirm(await begin(client), email), **change))
            assert (stopped.status_code, words in stopped.text) == (status, True), change
            assert "<script>" not in stopped.text.replace("<script src", "")
            assert stopped.headers["referrer-policy"] == "no-referrer"
        assert site.door.sql("SELECT count(*) FROM begun_log_ins") == [(0,)]


async def test_the_codes_of_two_log_ins_in_one_browser_cannot_be_exchanged(site: Stack, idp: PlayedProvider) -> None:
    mine, theirs = new_email(site), new_email(site)
    for email in (mine, theirs):
        await known_person(site, email)
        idp.person(email, email=email, email_verified=True)
    async with site.client() as client:
        first, second = await begin(client), await begin(client)
        code = httpx.URL(idp.confirm(second, theirs)).params["code"]
        # The verifier is that of the first.
        stopped = await client.get(with_query(idp.confirm(first, mine), code=code))
        assert "begun in another browser" in stopped.text


async def test_a_wrong_secret_and_a_provider_that_is_away_are_said(site: Stack, idp: PlayedProvider) -> None:
    email = new_email(site)
    with pytest.raises(IdentityError) as stopped:
        await finish(provider_sign_in(site, oidc_client_secret="not this one"), idp, email)
    assert "LEADRUN_OIDC_CLIENT_SECRET" in stopped.value.sentence("Acme")
    async with site.client() as client:
        url = await begin(client)
        idp.spoil = answering("/oauth2/token", lambda body: body, status=502)
        page = await client.get(idp.confirm(url, email))
        assert (page.status_code, "does not answer just now" in page.text) == (503, True)
    assert idp.asked[-1] == "POST /oauth2/token"


async def test_without_a_provider_there_is_no_button_and_no_page(stack: Stack) -> None:
    async with stack.client() as client:
        page = (await client.get("/app/login")).text
        assert "Continue with" not in page
        assert (await client.get("/app/oidc/callback?state=x&code=y")).status_code == 404
        assert (await client.post("/app/oidc", data={"csrf": token_of(page)})).status_code == 404


async def test_a_browser_goes_to_the_provider_and_comes_back(
    browser: Browser, site: Stack, idp: PlayedProvider
) -> None:
    email = new_email(site)
    account = await known_person(site, email)
    idp.person(email, email=email, email_verified=True)
    context = await enter(browser, site, viewport=ViewportSize(width=390, height=800))
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/login?next=/app/runs")
    await check_page(page)
    await page.get_by_role("button", name="Continue with Acme").click()
    await page.locator("input[name=sub]").fill(email)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/app/runs")
    assert account in await page.content()
    await context.close()
    assert wrong == []
