"""Lists of domains and words: members that must be there, so that no list is ever emptied or read wrongly."""

import pytest

from app.domain.contacts.company_domain import LOCAL_NAMES, read_domain
from app.domain.contacts.contact import GENERIC_USE
from app.domain.contacts.email_address import PRIVATE_DOMAINS, PRIVATE_NAMES, address_flaw, is_private_domain
from app.domain.contacts.links.shared_hosts import shared_reason
from app.domain.contacts.public_suffix import (
    REGISTRIES,
    _suffixes,
    builder_of,
    is_suffix,
    public_suffix,
    read_lists,
    registrable_domain,
    same_company,
    same_name,
)
from app.domain.contacts.role_address import QUALIFIERS, ROLES, is_role
from tests.rows import each_row


@each_row("suffix", ["uk.com", "de.com", "us.com", "co.com", "eu.org", "co.nl", "com.de", "pp.ua", "adv.br"])
def test_a_company_below_a_registrys_suffix_has_its_domain(suffix: str) -> None:
    assert read_domain(f"https://www.acme.{suffix}/").domain == f"acme.{suffix}"


@each_row("name", ["local", "localhost", "internal", "lan", "home", "corp", "onion", "arpa", "invalid", "alt"])
def test_each_name_of_private_networks_is_known(name: str) -> None:
    assert name in LOCAL_NAMES
    assert read_domain(f"erp.{name}").domain is None


@each_row(
    "suffix",
    [
        "uk.com", "de.com", "us.com", "eu.com", "br.com", "cn.com", "ru.com", "za.com", "jpn.com", "co.com", "it.com",
        "gb.net", "se.net", "uk.net", "eu.org", "ae.org", "com.de", "com.se", "co.ca", "co.nl", "co.no", "co.ua",
        "pp.ua", "msk.ru", "spb.ru", "com.ru", "inc.hk", "radio.fm", "waw.pl", "wroc.pl", "priv.at", "lodz.pl",
    ],
)  # fmt: skip
def test_each_registry_of_the_private_section_is_a_suffix_and_no_builder(suffix: str) -> None:
    assert suffix in REGISTRIES or registrable_domain(suffix) is None
    assert is_suffix(suffix)
    assert builder_of(f"acme.{suffix}") is None
    assert not same_company(f"acme.{suffix}", f"globex.{suffix}")


def test_a_company_has_one_name_in_two_countries() -> None:
    assert same_name("acme.de", "mail.acme.co.uk")
    assert not same_name("acme.de", "globex.de")


def test_each_registry_is_still_in_the_public_suffix_list() -> None:
    assert {suffix for suffix in REGISTRIES if registrable_domain(suffix)} == set()


@each_row(
    "suffix", ["co.uk", "com.au", "com.br", "adv.br", "gouv.fr", "nhs.uk", "ltd.uk", "co.jp", "k12.ca.us", "com", "de"]
)
def test_each_suffix_of_a_country_is_one(suffix: str) -> None:
    assert is_suffix(suffix)
    assert not is_suffix(f"acme.{suffix}")
    assert registrable_domain(f"mail.acme.{suffix}") == f"acme.{suffix}"


def test_the_list_that_is_read_ahead_is_the_one_that_is_asked() -> None:
    _suffixes.cache_clear()
    builder_of.cache_clear()
    read_lists()
    read = _suffixes.cache_info().misses
    assert registrable_domain("read-ahead.example") == "read-ahead.example"
    assert public_suffix("read-ahead.example") == "example"
    assert _suffixes.cache_info().misses == read


@each_row(
    "suffix",
    [
        "github.io", "gitlab.io", "wixsite.com", "blogspot.com", "notion.site", "myshopify.com", "netlify.app",
        "vercel.app", "herokuapp.com", "webflow.io", "carrd.co", "square.site", "pages.dev", "web.app", "onrender.com",
        "azurewebsites.net", "cloudfront.net", "yolasite.com", "gitbook.io", "fly.dev", "translate.goog",
    ],
)  # fmt: skip
def test_each_builder_of_the_private_section_is_one(suffix: str) -> None:
    assert builder_of(f"acme.{suffix}") == builder_of(suffix) == suffix
    assert not is_suffix(suffix)


@each_row(
    "host",
    [
        "facebook.com", "instagram.com", "x.com", "linkedin.com", "xing.com", "tiktok.com", "youtube.com", "reddit.com",
        "vk.com", "weibo.com", "t.me", "wa.me", "discord.gg", "bsky.app", "substack.com", "kununu.com", "pinterest.fr",
        "bit.ly", "t.co", "tinyurl.com", "goo.gl", "lnkd.in", "g.page", "forms.gle", "app.link", "hubs.ly", "youtu.be",
        "linktr.ee", "beacons.ai", "bio.link", "about.me", "taplink.cc", "hihello.me", "sites.google.com",
        "acme.wordpress.com", "acme.business.site", "acme.jimdosite.com", "acme.webnode.es", "acme.strikingly.com",
        "acme.sharepoint.com", "acme.onmicrosoft.com", "play.google.com", "apps.apple.com", "maps.google.com",
        "waze.com", "docs.google.com", "drive.google.com", "wetransfer.com", "yelp.de", "tripadvisor.it",
        "trustpilot.com", "glassdoor.co.uk", "crunchbase.com", "kompass.com", "northdata.de", "yellowpages.com",
        "db.tt", "contactinbio.com", "acme.negocio.site", "appsource.microsoft.com", "openstreetmap.org",
        "onedrive.live.com", "opencorporates.com",
    ],
)  # fmt: skip
def test_each_shared_host_is_known(host: str) -> None:
    assert shared_reason(host, is_page=False, company_name="Borealis Bakery")


@each_row(
    ("host", "reason"),
    [
        ("facebook.com", "a social network, where everybody has a page"),
        ("bit.ly", "a link shortener, which does not say where it leads"),
        ("linktr.ee", "a page of links"),
        ("sites.google.com", "a site builder's host, shared by its customers"),
        ("play.google.com", "an app store"),
        ("maps.google.com", "a map"),
        ("docs.google.com", "a store of documents"),
        ("yelp.de", "a directory of companies"),
        ("acme.github.io", "a site at github.io, where nobody has a mailbox"),
        ("github.com", "a page at another company's site"),
    ],
)
def test_the_reason_says_what_a_host_is(host: str, reason: str) -> None:
    assert shared_reason(host, is_page=True, company_name="Borealis Bakery") == reason


_RUN_BY = """
facebook.com: Facebook, Meta, Meta Platforms Inc., Facebook Technology
fb.com: Facebook, Meta, Meta Platforms
instagram.com: Instagram, Meta, Meta Platforms
whatsapp.com: WhatsApp, Meta, Meta Platforms
twitter.com: Twitter Inc., X, X Corp
x.com: X, XCorp, Twitter
youtube.com: YouTube, Google LLC
google.com: Google, Alphabet Inc.
vk.com: VK, VKontakte
ok.ru: OK, Odnoklassniki
box.com: Box Inc.
airbnb.com: Airbnb Holdings, Airbnb Group, Airbnb Technologies, Airbnb Networks
"""


@each_row("line", _RUN_BY.strip().split("\n"))
def test_a_host_is_that_of_the_company_that_runs_it(line: str) -> None:
    host, _, names = line.partition(": ")
    for name in names.split(", "):
        # Of companies with pages the domain says nothing about a page, no matter which client gives it.
        assert shared_reason(host, is_page=host in {"google.com", "box.com", "airbnb.com"}, company_name=name) is None
        assert shared_reason(host, is_page=True, company_name=f"Not {name}")


@each_row(
    "host",
    [
        "google.com", "google.fr", "amazon.com", "amazon.co.jp", "ebay.de", "etsy.com", "github.com", "gitlab.com",
        "medium.com", "apple.com", "wikipedia.org", "indeed.com", "behance.net", "upwork.com", "fiverr.com",
        "eventbrite.com", "airbnb.com", "patreon.com", "calendly.com", "dropbox.com", "canva.com", "doctolib.fr",
        "atlassian.net",
    ],
)  # fmt: skip
def test_a_page_of_a_company_with_pages_says_nothing_but_its_domain_does(host: str) -> None:
    assert shared_reason(host, is_page=True, company_name="Borealis Bakery")
    assert shared_reason(host, is_page=False, company_name="Borealis Bakery") is None


@each_row("host", ["acme.example", "facebook.example", "face.com", "notfacebook.com", "googol.com", "acme.co.uk"])
def test_a_companys_own_host_is_not_shared(host: str) -> None:
    assert shared_reason(host, is_page=True, company_name=None) is None


@each_row(
    "domain",
    [
        "gmail.com", "gmx.de", "web.de", "t-online.de", "yahoo.fr", "hotmail.nl", "outlook.at", "icloud.com", "me.com",
        "proton.me", "qq.com", "163.com", "naver.com", "mail.ru", "orange.fr", "laposte.net", "libero.it", "uol.com.br",
        "btinternet.com", "comcast.net", "rediffmail.com", "mailinator.com", "yopmail.com", "sub.mailinator.com",
    ],
)  # fmt: skip
def test_each_private_mail_service_is_known_and_never_a_company(domain: str) -> None:
    assert is_private_domain(domain)
    assert read_domain(domain).domain is None
    # Also where it was given as the company's, and where no company is known.
    for company in (domain, None):
        assert address_flaw(f"rita.moss@{domain}", company)[0] == "a private address, not a work address"


@pytest.mark.parametrize("domain", ["gmail.com", "btinternet.com", "web.de", "qq.com"])
def test_our_own_list_has_members_without_the_maintained_one(domain: str) -> None:
    assert domain in PRIVATE_DOMAINS


@each_row("name", ["yahoo", "hotmail", "outlook", "gmx", "yandex", "mailinator"])
def test_services_of_many_countries_are_known_by_name(name: str) -> None:
    assert name in PRIVATE_NAMES
    assert is_private_domain(f"{name}.co.za")


@each_row(
    "role",
    [
        "info", "sales", "support", "contact", "admin", "office", "hello", "billing", "noreply", "postmaster",
        "kontakt", "vertrieb", "buchhaltung", "contabilidad", "ventas", "commercial", "compta", "rrhh", "hr",
        "accountspayable", "customerservice", "webmaster", "abuse", "privacy", "careers", "recruiting", "press",
    ],
)  # fmt: skip
def test_each_role_is_one_alone_and_with_a_qualifier(role: str) -> None:
    assert role in ROLES
    names = ["Rita", "Case"]
    assert is_role(role, names)
    assert is_role(f"{role}.uk", names)
    assert is_role(f"{role}+x", names)


@each_row("word", ["uk", "emea", "us", "apac", "team", "web", "de", "global", "hq"])
def test_each_qualifier_narrows_a_role(word: str) -> None:
    assert word in QUALIFIERS
    assert is_role(f"info-{word}", ["Rita", "Case"])
    assert is_role(f"info{word}", ["Rita", "Case"])


@each_row("suffix", ["io", "ai", "co", "me", "tv", "ly", "gg", "sh", "to"])
def test_each_countrys_domain_of_general_use_names_no_country(suffix: str) -> None:
    assert suffix in GENERIC_USE


@pytest.mark.parametrize(
    ("company_name", "flaw"),
    [
        (None, None),
        ("LinkedIn Corp.", None),
        ("Borealis Bakery", "an address at a host that everybody shares, not at the company"),
    ],
)
def test_an_address_at_a_shared_host_is_of_the_company_that_runs_it(company_name: str | None, flaw: str | None) -> None:
    assert address_flaw("rita.moss@linkedin.com", None, company_name=company_name)[0] == flaw
