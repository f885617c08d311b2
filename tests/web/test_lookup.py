"""Looking one person up in the app."""

import pytest
from playwright.async_api import Browser, ViewportSize

from app.domain.contacts.contact import RawContact
from app.domain.people.role import Role
from app.domain.vocabulary import Mode
from app.web.lookup.paste import read_pasted
from tests.api.ending import end_run
from tests.web.check import check_page, watch
from tests.web.conftest import enter
from tests.web.stack import Stack

PROFILE = "https://www.linkedin.com/in/ritamoss"


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("https://uk.linkedin.com/in/RitaMoss?trk=x", RawContact(linkedin_url=PROFILE)),
        (
            "Rita Moss\nSenior Buyer\nAcme Inc\nrita.moss@acme.example | +1 555 0100",
            RawContact(full_name="Rita Moss", company_name="Acme Inc", company_domain="acme.example"),
        ),
        (
            "Best regards,\nRita Moss\nBuyer | Acme\nhttps://www.acme.example/",
            RawContact(full_name="Rita Moss", company_name="Acme", company_domain="acme.example"),
        ),
        ("Rita Moss at Acme", RawContact(full_name="Rita Moss", company_name="Acme")),
        ("Moss, Rita", RawContact(full_name="Moss, Rita")),
        (f"Rita Moss\n{PROFILE}", RawContact(full_name="Rita Moss", linkedin_url=PROFILE)),
        ("rita@gmail.com", RawContact()),
        ("\n \n", RawContact()),
    ],
)
def test_pasted_text_names_a_contact(text: str, contact: RawContact) -> None:
    assert read_pasted(text) == contact


async def test_a_form_becomes_a_run_that_is_paid_once(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        form = {"full_name": "Rita Moss", "company_domain": "https://acme.example/x", "max_cost_usd": "0,05"}
        answer = await client.post("/app/lookup", data=form)
        assert answer.status_code == 303
        run = answer.headers["location"].rsplit("/", 1)[-1]
        ((cost,),) = stack.door.sql(
            "SELECT max_cost_usd::text FROM cascades JOIN runs ON cascade_id = cascades.id WHERE runs.id = %s", run
        )
        assert cost == "0.050000"
        await end_run(stack.door, run)
        again = await client.post("/app/lookup", data=form, follow_redirects=True)
        assert "From the cache" in again.text
        assert "<strong>9</strong>" in again.text or "9 credits" in (await client.get("/app/lookup")).text
        # One key is behind both.
        ((keys,),) = stack.door.sql(
            "SELECT count(DISTINCT key_id) FROM runs JOIN accounts a ON a.id = account_id WHERE a.name = %s",
            person.account,
        )
        assert keys == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, 'role="alert"'),
        (
            {"full_name": "Rita Moss", "company_domain": "acme.example", "max_cost_usd": "much"},
            "Must be an amount in dollars",
        ),
        (
            {"full_name": "Rita Moss", "company_domain": "acme.example", "type": "fax"},
            "Must be one of email, phone, all",
        ),
        (
            {"full_name": "Rita Moss", "company_domain": "acme.example"},
            "costs 1 credit, and the account has 0",
        ),
    ],
)
async def test_a_form_that_cannot_be_used_says_why_and_costs_nothing(
    stack: Stack, form: dict[str, str], words: str
) -> None:
    person = await stack.person()
    async with stack.client(person) as client:
        answer = await client.post("/app/lookup", data=form)
        assert answer.status_code == 422
        assert words in answer.text
        assert tuple(
            stack.door.sql(
                "SELECT count(*) FROM runs JOIN accounts a ON a.id = account_id WHERE a.name = %s", person.account
            )
        ) == ((0,),)


async def test_the_limit_of_the_account_holds(stack: Stack) -> None:
    person = await stack.person(balance=10)
    async with stack.client(person) as client:
        form = {"full_name": "Rita Moss", "company_domain": "acme.example"}
        await client.post("/app/lookup", data=form)
        stack.door.sql("UPDATE api_keys SET rate_limit = 1 WHERE display = '(the app)'")
        answer = await client.post("/app/lookup", data=form)
        assert "too many look-ups in a minute" in answer.text


async def test_a_viewer_looks_nobody_up(stack: Stack) -> None:
    async with stack.client(await stack.person(Role.VIEWER)) as client:
        assert (await client.post("/app/lookup", data={"full_name": "Rita Moss"})).status_code == 403


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_person_pastes_looks_up_and_sees_the_answer(browser: Browser, stack: Stack, scripts: bool) -> None:  # noqa: FBT001 - a parameter of the test
    person = await stack.person(mode=Mode.TEST)
    context = await enter(
        browser, stack, person, viewport=ViewportSize(width=390, height=800), java_script_enabled=scripts
    )
    wrong = watch(context)
    page = await context.new_page()
    await page.goto("/app/lookup")
    await page.get_by_label("A profile's address").fill("Rita Moss\nAcme\nhttps://acme.example")
    await page.get_by_role("button", name="Fill the form").click()
    if scripts:
        await check_page(page)
    assert await page.get_by_label("Company domain").input_value() == "acme.example"
    await page.get_by_role("button", name="Look up", exact=True).click()
    await page.wait_for_url("**/app/runs/**")
    await page.get_by_text("being looked for").wait_for()
    await end_run(stack.door, page.url.rsplit("/", 1)[-1])
    if not scripts:
        await page.reload()
    await page.get_by_text("confidence").wait_for()
    await context.close()
    assert wrong == []
