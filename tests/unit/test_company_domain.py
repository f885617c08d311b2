"""Company domains: every spelling of one is that one, and what is nobody's company is said to be so."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.company_domain import parse_domain, read_domain
from tests.rows import each_row
from tests.unit.hostile import HOSTILE, LENGTH, SECONDS

XRAY = "x-ray.example"


@each_row(
    ("value", "domain"),
    [
        pytest.param("acme.example", "acme.example", id="bare"),
        pytest.param("  ACME.Example. ", "acme.example", id="case, space, trailing dot"),
        pytest.param("https://www.acme.example/about?x=1", "acme.example", id="URL"),
        pytest.param("www.acme.example:8080/x", "acme.example", id="no scheme, port, path"),
        pytest.param("www2.acme.example", "acme.example", id="www2"),
        pytest.param("www.example", "www.example", id="www is the name"),
        pytest.param("jane@acme.example", "acme.example", id="e-mail"),
        pytest.param("https://jane:secret@acme.example/", "acme.example", id="userinfo"),
        pytest.param("https://acme.example@globex.example/", "globex.example", id="userinfo that looks like a host"),
        pytest.param("bücher.example", "xn--bcher-kva.example", id="IDN"),
        pytest.param("BÜCHER.example", "xn--bcher-kva.example", id="IDN in upper case"),
        pytest.param("xn--bcher-kva.example", "xn--bcher-kva.example", id="IDN in ASCII"),
        pytest.param("b%C3%BCcher.example", "xn--bcher-kva.example", id="IDN, escaped"),
        pytest.param("\uff41\uff43\uff4d\uff45.example", "acme.example", id="full width"),
        pytest.param("acme\u3002example", "acme.example", id="ideographic dot"),
        pytest.param("acme.example:/x", "acme.example", id="no port behind its colon"),
        pytest.param("acme.example:8o", None, id="no port"),
        pytest.param("acme.example:650000", None, id="port too long"),
        pytest.param("acme", None, id="no suffix"),
        pytest.param("acme..example", None, id="empty label"),
        pytest.param("-acme.example", None, id="hyphen first"),
        pytest.param("a" * 64 + ".example", None, id="label too long"),
        pytest.param("b.example" * 40, None, id="name too long"),
        pytest.param("é." * 253, None, id="name too long, not ASCII"),
        pytest.param("http://[::1", None, id="broken URL"),
        pytest.param("not a domain", None, id="words"),
        pytest.param("", None, id="empty"),
    ],
)
def test_domains(value: str, domain: str | None) -> None:
    assert parse_domain(value) == domain
    assert read_domain(value).domain == domain


@each_row(
    "value",
    [
        f"http:://{XRAY}", f"https//:{XRAY}", f"://{XRAY}", f"hxxps://{XRAY}", f"www..{XRAY}", f"http://www.{XRAY}%20",
        f"rita [at] {XRAY}", f"<mailto:rita@{XRAY}>", f"{XRAY}%0A", f"https\uff1a//{XRAY}",
        f"http://http://{XRAY}", f"https:/{XRAY}", f"https//{XRAY}", f"http:{XRAY}", f"//{XRAY}/", f"htpp://{XRAY}",
        f"http:\\\\{XRAY}\\about", f"https:\\/\\/{XRAY}\\/", f"ftp://{XRAY}/pub", f"Rita Moss <rita@{XRAY}>",
        f'"Moss, Rita" <rita.moss@{XRAY}>', f"mailto:rita@{XRAY}?subject=hello", f"rita@{XRAY}, CEO", f"@{XRAY}",
        f"[{XRAY}](https://{XRAY})", f"[Our site](http://www.{XRAY}/en)", f"{XRAY} (parked)", f"{XRAY}, Inc.",
        f"{XRAY} - X-Ray Ltd.", f"X-Ray Ltd. ({XRAY})", f"({XRAY})", f"<{XRAY}>", f"'{XRAY}'", f'"{XRAY}"', f"“{XRAY}”",
        f"`{XRAY}`", f"**{XRAY}**", f"{XRAY}!", f"{XRAY};", f"{XRAY},", f"{XRAY}...", f"{XRAY}\u2026", f".{XRAY}",
        f"Website: https://{XRAY}", f"website:{XRAY}", f"URL:http://{XRAY}", f"e-mail: rita@{XRAY}", f"{XRAY} | Home",
        f'<a href="https://www.{XRAY}/">X-Ray</a>', f'=HYPERLINK("https://{XRAY}", "X-Ray")', f"{XRAY}/a/b?c=d#e",
        f"{XRAY}?utm_source=x", f"{XRAY}#top", f"{XRAY}&x=1", f"{XRAY}%2Fabout", quote(f"https://{XRAY}/", safe=""),
        quote(quote(f"https://{XRAY}/", safe=""), safe=""), f"{XRAY}\u200b", f"\ufeff{XRAY}", f"{XRAY}\u00a0",
        f"jane.o'hara+tag@{XRAY}", f"{XRAY}.", f"WWW.{XRAY.upper()}", f"{XRAY}:443", f"* {XRAY}", f"Node.js, {XRAY}",
        f"https://{XRAY} http://www.{XRAY}/de", f"rita@{XRAY}; john@{XRAY}",
    ],
)  # fmt: skip
def test_every_text_around_one_domain_gives_that_domain(value: str) -> None:
    found = read_domain(value)
    assert (found.domain, found.reason) == (XRAY, None)


@each_row(
    "value",
    [
        f"https://www.google.com/url?q=https://{XRAY}/&sa=D&source=editors",
        f"https://www.google.de/url?sa=t&rct=j&q=&esrc=s&url=https%3A%2F%2F{XRAY}%2F&usg=AOv",
        f"https://www.google.com/amp/s/{XRAY}/news", f"https://translate.google.com/translate?sl=de&u=http://{XRAY}",
        f"https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.{XRAY}%2F&h=AT0",
        f"https://l.instagram.com/?u=http://{XRAY}",
        f"https://lm.facebook.com/l.php?u=https%3A%2F%2F{XRAY}%2F%3Ffbclid%3Dx&h=AT0",
        f"https://www.linkedin.com/redir/redirect?url=http%3A%2F%2F{XRAY}&urlhash=x",
        f"https://www.linkedin.com/safety/go?url=https%3A%2F%2F{XRAY}",
        f"http://web.archive.org/web/2019/{'http://'}{XRAY}/",
        f"https://www.youtube.com/redirect?event=x&q=https%3A%2F%2F{XRAY}%2F",
        f"https://vk.com/away.php?to=http://{XRAY}",
        f"https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2F{XRAY}%2F&data=05%7C01%7C&sdata=x%3D",
        f"https://urldefense.com/v3/__https://{XRAY}/__;!!N11eV2iwtfs!x$",
        f"https://duckduckgo.com/l/?uddg=https://{XRAY}",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__www.x-2Dray.example_about&d=DwMFaQ&c=x",
        f"https://out.reddit.com/x?url=https%3A%2F%2F{XRAY}",
        f"https://t.umblr.com/redirect?z=http%3A%2F%2F{XRAY}&t=x", f"https://www.google.com/url?referrer=https://other.example&url=https://{XRAY}",
        f"https://slack-redir.net/link?url=https://{XRAY}",
        f"https://href.li/?https://{XRAY}/", f"https://secure-web.cisco.com/1abc/https%3A%2F%2F{XRAY}%2F",
        f"<https://www.google.com/url?q=https://{XRAY}>",
        "https://www.google.com/url?q=" + quote(f"https://l.facebook.com/l.php?u=https%3A%2F%2F{XRAY}", safe=""),
    ],
)  # fmt: skip
def test_a_redirect_stands_for_its_target(value: str) -> None:
    assert read_domain(value).domain == XRAY


def test_redirects_are_followed_a_few_times_only() -> None:
    link = f"https://{XRAY}"
    for _ in range(5):
        link = f"https://www.google.com/url?q={quote(link, safe='')}"
    assert read_domain(link).domain is None


@each_row(
    ("value", "said"),
    [
        ("https://www.facebook.com/borealisbakery", "a social network"), ("facebook.com", "a social network"),
        ("https://www.linkedin.com/company/borealis", "a social network"), ("x.com/borealis", "a social network"),
        ("instagram.com/borealis", "a social network"), ("https://twitter.com/b", "a social network"),
        ("m.facebook.com/b", "a social network"), ("https://www.xing.com/companies/b", "a social network"),
        ("https://www.tiktok.com/@b", "a social network"), ("youtube.com/@b", "a social network"),
        ("pinterest.de/b", "a social network"), ("t.me/b", "a social network"),
        ("wa.me/15555550123", "a social network"), ("linktr.ee/borealis", "a page of links"),
        ("https://beacons.ai/b", "a page of links"), ("bit.ly/3x", "a link shortener"),
        ("https://t.co/x", "a link shortener"), ("goo.gl/x", "a link shortener"), ("lnkd.in/x", "a link shortener"),
        ("https://g.page/b", "a link shortener"), ("https://maps.app.goo.gl/x", "a map"),
        ("https://maps.google.com/?cid=1", "a map"), ("https://sites.google.com/view/b", "a site builder"),
        ("b.wordpress.com", "a site builder"), ("b.jimdosite.com", "a site builder"),
        ("b.business.site", "a site builder"), ("b.webnode.fr", "a site builder"),
        ("https://play.google.com/store/apps/details?id=b", "an app store"), ("apps.apple.com/app/b", "an app store"),
        ("https://docs.google.com/document/d/1", "a store of documents"), ("yelp.com/biz/b", "a directory"),
        ("https://www.crunchbase.com/organization/b", "a directory"), ("tripadvisor.co.uk/x", "a directory"),
        ("https://www.google.com/search?q=borealis", "another company's site"),
        ("google.de/maps/place/b", "another company"), ("https://www.amazon.de/stores/b", "another company's site"),
        ("ebay.co.uk/str/b", "another company's site"), ("github.com/borealis", "another company's site"),
        ("b.zendesk.com", "another company's site"), ("https://boards.greenhouse.io/b", "another company's site"),
        ("b.typeform.com", "another company's site"), ("https://medium.com/@b", "another company's site"),
        ("b.github.io", "a site at github.io"), ("rita.wixsite.com/site", "a site at wixsite.com"),
        ("b.blogspot.com", "a site at blogspot.com"), ("b.notion.site", "a site at notion.site"),
        ("b.myshopify.com", "a site at myshopify.com"), ("b.netlify.app", "a site at netlify.app"),
        ("b.carrd.co", "a site at"), ("github.io", "a site at github.io"), ("co.uk", "a suffix"),
        ("com.br", "a suffix"), ("uk.com", "a suffix"), ("nhs.uk", "a suffix"), ("https://gouv.fr/", "a suffix"),
        ("gmail.com", "private or disposable"), ("rita@gmail.com", "private or disposable"),
        ("yahoo.ca", "private or disposable"), ("https://mail.google.com@gmx.de", "private or disposable"),
        ("mailinator.com", "private or disposable"), ("btinternet.com", "private or disposable"),
        ("rita@web.de", "private or disposable"), ("127.0.0.1", "address of a machine"),
        ("http://10.0.0.1:8080/x", "address of a machine"), ("http://[2001:db8::1]/", "address of a machine"),
        ("1.2.3", "address of a machine"), ("0x7f000001", "address of a machine"), ("localhost", "inside a network"),
        ("http://localhost:3000", "inside a network"), ("nas.local", "inside a network"), ("acme1", "it is no domain"),
        ("intranet", "inside a network"), ("erp.corp", "inside a network"), ("acme", "it is no domain"),
        ("http://acme/", "it is no domain"), ("https://", "it is no domain"), ("see our site", "it is no domain"),
    ],
)  # fmt: skip
def test_what_is_nobodys_company_is_named(value: str, said: str) -> None:
    found = read_domain(value, "Borealis Bakery")
    assert found.domain is None
    assert said in (found.reason or "")


@each_row(
    ("value", "company"),
    [
        ("linkedin.com", "LinkedIn"), ("LinkedIn.com", "LinkedIn Corporation"),
        ("https://www.linkedin.com/", "linkedin"), ("facebook.com", "Meta Platforms, Inc."), ("fb.com", "Facebook"),
        ("x.com", "X Corp."), ("twitter.com", "Twitter"), ("xing.com", "XING SE"), ("tiktok.com", "TikTok"),
        ("jane@linkedin.com", "LinkedIn"), ("pinterest.com", "Pinterest"), ("bitly.com", "Bitly, Inc."),
        ("wix.com", "Wix.com Ltd."), ("squarespace.com", "Squarespace"), ("netlify.app", "Netlify"),
        ("google.com", "Google"), ("https://about.google/", "Google"), ("google.com", None), ("amazon.com", None),
        ("jane@uk.amazon.com", None), ("zendesk.com", None), ("github.com", "Acme"),
        ("https://www.shopify.com/about", "Shopify"), ("shopify.com", None),
    ],
)  # fmt: skip
def test_the_company_that_runs_a_shared_host_is_known_by_its_name(value: str, company: str | None) -> None:
    assert read_domain(value, company).domain is not None


@each_row(
    ("value", "company"),
    [("linkedin.com/company/linkedin", "LinkedIn"), ("linkedin.com", "Edin Link"), ("facebook.com", None),
     ("gmail.com", "Gmail"), ("medium.com/@x", "Medium Rare Grill"), ("x.com", "Xylophone")],
)  # fmt: skip
def test_a_page_or_another_name_is_not_the_company_itself(value: str, company: str | None) -> None:
    assert read_domain(value, company).domain is None


@each_row(
    ("value", "domain", "several"),
    [
        ("a.example, b.example", "a.example", True),
        ("a.example;b.example", "a.example", True),
        ("https://a.example https://b.example", "a.example", True),
        ("rita@a.example or rita@b.example", "a.example", True),
        ("mail.a.example, a.example", "a.example", False),
        ("rita@gmail.com, rita@a.example", "a.example", False),
        ("https://facebook.com/a https://a.example", "a.example", False),
        ("a.co.uk, b.co.uk", "a.co.uk", True),
    ],
)
def test_of_several_domains_the_first_of_a_company_is_taken_and_said(value: str, domain: str, *, several: bool) -> None:
    found = read_domain(value)
    assert found.domain == domain
    assert found.reason == (f"there are several domains, and {domain} is taken" if several else None)


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).filter(
    lambda label: "--" not in label and not label.startswith("www")
)


@given(
    name=LABEL,
    before=st.sampled_from(
        ["", "<", "(", '"', "Website: ", "[x](", "Rita Moss <rita@", "mailto:rita@", "* ", "\ufeff"]
    ),
    scheme=st.sampled_from(["", "//", "http://", "https://", "HTTPS://", "https:/", "http://https://", "ftp://u@"]),
    www=st.sampled_from(["", "www.", "WWW.", "www2."]),
    upper=st.booleans(),
    behind=st.sampled_from(
        ["", "/", ".", ":443", "/a?b=c", "?x", "#y", ")", ",", ">", " (x)", ", Inc.", "/@x", "%2Fabout"]
    ),
)
def test_any_spelling_built_from_parts_is_the_same_domain(
    *, name: str, before: str, scheme: str, www: str, upper: bool, behind: str
) -> None:
    if "@" in before and scheme:
        return
    host = f"{www}{name}.example"
    assert read_domain(f"{before}{scheme}{host.upper() if upper else host}{behind}").domain == f"{name}.example"


@given(st.text(max_size=300))
def test_a_domain_is_read_as_itself(value: str) -> None:
    domain = parse_domain(value)
    assert domain is None or parse_domain(domain) == domain


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("before", ["", "https://", "https://www.google.com/url?q="])
def test_hostile_texts_take_linear_time(piece: str, before: str) -> None:
    text = before + (piece * LENGTH)[:LENGTH]
    begun = time.process_time()
    read_domain(text)
    assert time.process_time() - begun < SECONDS


@given(st.from_regex(r"\A(?:[a-z0-9][a-z0-9-]{0,6}|www[0-9]?|xn--[a-z]{1,4})(?:\.[a-z0-9-]{1,5}){0,3}\.[a-z]{2,7}\Z"))
def test_a_bare_domain_is_read_as_the_one_in_a_url(domain: str) -> None:
    assert read_domain(domain) == read_domain(f"https://{domain}/")
    assert read_domain(domain.upper()) == read_domain(domain)
