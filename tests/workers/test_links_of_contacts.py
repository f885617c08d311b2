"""Links of contacts, from the upload to what the vendor is asked: one person is asked for once, strangers never."""

from typing import Any

import pytest

from app.settings.settings import Settings
from tests.workers.served import Asked, served

ADDRESS = "rita.moss@borealis.example"
LINKED = "https://www.linkedin.com/in/"


def handle(asked: Asked) -> str:
    """Make an address that shows whose profile was asked for."""
    return f"{asked['linkedin_handle'].encode().hex()}@borealis.example"


def table(*cells: str) -> str:
    """Write a table of one column."""
    quoted = (f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells)
    return "\n".join(["LinkedIn URL", *quoted, ""])


@pytest.mark.parametrize(
    ("cells", "handles"),
    [
        pytest.param(
            (
                "https://www.linkedin.com/pub/john-smithy/12/345/678",
                "https://www.linkedin.com/pub/john-smithy/99/1a2/b3c",
                "https://www.linkedin.com/in/john-smithy",
            ),
            ["john-smithy-67834512", "john-smithy-b3c1a299", "john-smithy"],
            id="C03 three people of one name",
        ),
        pytest.param(
            (LINKED + "ACoAAAbCdEf", LINKED + "ACoAAABcDeF"),
            ["ACoAAAbCdEf", "ACoAAABcDeF"],
            id="C04 tokens and their case",
        ),
        pytest.param(
            [f"{LINKED}rita-tail-1{tail}" for tail in ("", ")", ",", ".", '"', ">")],
            ["rita-tail-1"],
            id="C07 punctuation behind it",
        ),
        pytest.param(
            [f"{LINKED}rita-tail-1{tail}" for tail in ("", "&trk=people", "%3Ftrk%3Dx")]
            + [f"{LINKED}{slug}" for slug in ("j%25C3%25A9r%25C3%25B4me-2", "j%C3%A9r%C3%B4me-2", "j%E9r%F4me-2")],
            ["rita-tail-1", "jérôme-2"],
            id="C08 tracking and escapes",
        ),
    ],
)
async def test_each_profile_is_asked_for_once_and_each_row_gets_its_own(
    settings: Settings, cells: tuple[str, ...], handles: list[str]
) -> None:
    async with served(settings) as product:
        product.answer = handle
        rows = await product.batch(table(*cells))
        assert sorted(asked["linkedin_handle"] for asked in product.asked) == sorted(handles)
        assert [row["status"] for row in rows] == ["found"] * len(cells)
        assert {row["email"] for row in rows} == {handle({"linkedin_handle": one}) for one in handles}
        assert await product.spent() == len(handles)


async def test_a_profile_of_the_mobile_site_is_one(settings: Settings) -> None:
    # Case C09.
    async with served(settings) as product:
        product.answer = lambda _: ADDRESS
        run = await product.enrich({"linkedInUrl": "https://www.linkedin.com/mwlite/in/rita-moss-78"})
        assert run["result"]["email"] == ADDRESS
        assert [asked["linkedin_handle"] for asked in product.asked] == ["rita-moss-78"]


async def test_a_bad_cell_leaves_the_row_to_the_others(settings: Settings) -> None:
    # Case C28.
    body = (
        "First Name,Last Name,Company Domain,Company Name,LinkedIn URL\n"
        'Rita,Moss,c28a.example,Borealis,"https://www.linkedin.com/sales/lead/ACwAAA,NAME_SEARCH,x"\n'
        "Ray,Moss,c28b.example,Borealis,https://www.linkedin.com/company/borealis\n"
    )
    async with served(settings) as product:
        product.answer = lambda asked: f"{asked['first_name'].lower()}.moss@{asked['domain']}"
        rows = await product.batch(body)
        assert [row["email"] for row in rows] == ["rita.moss@c28a.example", "ray.moss@c28b.example"]
        assert "a Sales Navigator link" in rows[0]["warnings"]
        assert "a company page" in rows[1]["warnings"]
        assert all("linkedin_handle" not in asked for asked in product.asked)


async def test_a_placeholder_is_as_good_as_an_empty_cell(settings: Settings) -> None:
    # Case C29.
    cells = ("N/A", "", "-", "null", "#N/A", "unknown")
    lines = [f"R{chr(97 + number)}y,Mossly,{cell},Acme" for number, cell in enumerate(cells)]
    async with served(settings) as product:
        product.answer = lambda asked: f"{asked['first_name'].lower()}@acme.example"
        rows = await product.batch("\n".join(["First Name,Last Name,Company Domain,Company Name", *lines]))
        assert [row["status"] for row in rows] == ["found"] * len(cells)
        assert [(asked.get("domain"), asked["company"]) for asked in product.asked] == [(None, "Acme")] * len(cells)


SPELLINGS = (
    "http://http://x-ray.example",
    "https:/x-ray.example",
    "Rita Moss <rita@x-ray.example>",
    "[x-ray.example](https://x-ray.example)",
    "x-ray.example (parked)",
    "x-ray.example, Inc.",
    "mailto:rita@x-ray.example",
)


async def test_a_domain_is_taken_out_of_the_text_around_it(settings: Settings) -> None:
    # Case C32.
    async with served(settings) as product:
        product.answer = lambda asked: f"rita.moss@{asked['domain']}"
        for value in SPELLINGS:
            run = await product.enrich({"firstName": "Rita", "lastName": "Moss", "companyDomain": value})
            assert run["result"]["email"] == "rita.moss@x-ray.example"
            assert "warnings" not in run
        assert (len(product.asked), await product.spent()) == (1, 1)


async def test_a_page_of_a_social_network_is_no_company(settings: Settings) -> None:
    # Case C46: looked up by the company's name, and an address at the network is not the company's.
    body = (
        "First Name,Last Name,Company Domain,Company Name\n"
        "Rita,Moss,https://www.facebook.com/borealisbakery,Borealis Bakery\n"
        "Ray,Moss,https://www.linkedin.com/company/borealis,Borealis\n"
        "Ron,Moss,linktr.ee/borealis,Borealis\n"
    )
    async with served(settings) as product:
        given = {"Rita": "rita.moss@facebook.com", "Ray": "ray.moss@linkedin.com", "Ron": "ron.moss@borealis.example"}
        product.answer = lambda asked: given[asked["first_name"]]
        rows = await product.batch(body)
        assert [row["status"] for row in rows] == ["not_found", "not_found", "found"]
        assert [asked.get("domain") for asked in product.asked] == [None, None, None]
        assert [asked["company"] for asked in product.asked] == ["Borealis Bakery", "Borealis", "Borealis"]
        assert ["social network" in row["warnings"] for row in rows] == [True, True, False]
        assert "a page of links" in rows[2]["warnings"]


async def test_a_mail_service_is_no_company_and_its_address_no_work_address(settings: Settings) -> None:
    # Case C47: a name alone reaches nobody and costs nothing.
    async with served(settings) as product:
        product.answer = lambda _: "rita.moss@gmail.com"
        contact = {"firstName": "Rita", "lastName": "Moss"}
        for domain in ("gmail.com", "rita.moss.1984@gmail.com", "https://gmx.de/", "mailinator.com"):
            run = await product.enrich(contact | {"companyDomain": domain})
            assert (run["resultStatus"], run["creditsUsed"], product.asked) == ("error", 0, [])
            assert "private or disposable mail service" in run["warnings"][0]
        run = await product.enrich(contact | {"companyDomain": "gmail.com", "companyName": "Borealis"})
        assert run["resultStatus"] == "not_found"
        assert [asked.get("domain") for asked in product.asked] == [None]


async def test_a_public_suffix_makes_nobody_one_company(settings: Settings) -> None:
    # Case C49.
    async with served(settings) as product:
        person: dict[str, Any] = {"firstName": "Rita", "lastName": "Case"}
        for suffix in ("adv.br", "gouv.fr", "uk.com", "nhs.uk", "ltd.uk", "co.jp"):
            product.answer = lambda asked: f"rita@globex.{asked['domain'].partition('.')[2]}"
            assert (await product.enrich(person | {"companyDomain": f"acme.{suffix}"}))["resultStatus"] == "not_found"
            product.answer = lambda asked: f"rita@{asked['domain']}"
            again = person | {"companyDomain": f"https://www.acme.{suffix}/", "forceRefresh": True}
            assert (await product.enrich(again))["result"]["email"] == f"rita@acme.{suffix}"
