"""LinkedIn profiles: every spelling of one address is one slug, and no other page of LinkedIn is a person."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.linkedin_profile import read_profile
from tests.rows import each_row
from tests.unit.contacts.variants import pairs
from tests.unit.hostile import HOSTILE, LENGTH, SECONDS

RITA = "rita-moss-78"


@each_row(
    ("value", "slug", "region"),
    [
        pytest.param("https://linkedin.com/in/janesmith", "janesmith", None, id="plain"),
        pytest.param("HTTPS://WWW.LinkedIn.com/in/JaneSmith/?trk=x#about", "janesmith", None, id="case and query"),
        pytest.param("linkedin.com/in/janesmith/details/", "janesmith", None, id="no scheme, more path"),
        pytest.param("https://fr.linkedin.com/in/jane-smith-1a2b", "jane-smith-1a2b", "FR", id="country's host"),
        pytest.param("https://uk.linkedin.com/in/jane", "jane", "GB", id="uk is GB"),
        pytest.param("https://en.linkedin.com/in/jane", "jane", None, id="en is no country"),
        pytest.param("https://m.linkedin.com/in/jane", "jane", None, id="mobile"),
        pytest.param("https://touch.linkedin.com/in/jane", "jane", None, id="touch"),
        pytest.param("//linkedin.com/in/jane", "jane", None, id="of the page's scheme"),
        pytest.param("https://www.linkedin.com/in/j%C3%A9r%C3%B4me", "jérôme", None, id="percent-encoded"),
        pytest.param("https://www.linkedin.com/in/je\u0301ro\u0302me", "jérôme", None, id="decomposed"),
        pytest.param("https://www.linkedin.com/company/acme", None, None, id="a company"),
        pytest.param("https://linkedin.com.evil.example/in/jane", None, None, id="another host"),
        pytest.param("https://evillinkedin.com/in/jane", None, None, id="another host that ends alike"),
        pytest.param("https://evil.example/linkedin.com/in/jane", None, None, id="in another path"),
        pytest.param("https://evil.example/?u=https://linkedin.com/in/jane", None, None, id="in another query"),
        pytest.param("ftp://linkedin.com/in/jane", None, None, id="another scheme"),
        pytest.param("https://www.linkedin.com/in/", None, None, id="no slug"),
        pytest.param("https://www.linkedin.com/in/ab", None, None, id="too short"),
        pytest.param("https://www.linkedin.com/in/" + "a" * 101, None, None, id="too long"),
        pytest.param("https://www.linkedin.com/in/" + "a" * 100, "a" * 100, None, id="longest"),
        pytest.param("https://www.linkedin.com/in/王伟", "王伟", None, id="two letters of another script"),
        pytest.param("https://www.linkedin.com/in/unavailable", None, None, id="unavailable"),
        pytest.param("https://www.linkedin.com/in/me/", None, None, id="my own"),
        pytest.param("", None, None, id="empty"),
        pytest.param("yes", None, None, id="a word"),
        pytest.param("https://www.l\u0131nkedin.com/in/jane", None, None, id="a letter that looks alike"),
        pytest.param(
            "linkedin.com/in/acoaab1234567890123456789012345678901", None, None, id="a token whose case is lost"
        ),
        pytest.param("in/out of office", None, None, id="prose"),
    ],
)
def test_profiles(value: str, slug: str | None, region: str | None) -> None:
    found = read_profile(value)
    assert (found.slug, found.region) == (slug, region)


@each_row(
    "value",
    [
        f"in/{RITA}", f"/in/{RITA}/", f"in/@{RITA}", f"in/{RITA};jsessionid=1", f"linkedin.com/in/{RITA},London",
        f"comm/in/{RITA}", f"mwlite/in/{RITA}", f"linkedin/in/{RITA}",
        f"https://www.linkedin.com/mwlite/in/{RITA}", f"https://www.linkedin.com/mwlite/profile/in/{RITA}",
        f"https://www.linkedin.com/comm/in/{RITA}?midToken=AQ&trk=eml", f"https://linkedin.com/in/{RITA}/de",
        f"https://www.linkedin.com/in/{RITA}/details/experience/",
        f"https://www.linkedin.com/in/{RITA}/recent-activity",
        f"https://www.linkedin.com/in/{RITA}/overlay/contact-info/", f"https://www.linkedin.com/in/{RITA.upper()}",
        f"http://http://www.linkedin.com/in/{RITA}", f"https:/www.linkedin.com/in/{RITA}",
        f"https//www.linkedin.com/in/{RITA}", f"http:www.linkedin.com/in/{RITA}", f"hhttps://linkedin.com/in/{RITA}",
        f"www.linkedin.com:443/in/{RITA}", f"www.linkedin.com./in/{RITA}", f"https://www.linkedin.com//in//{RITA}//",
        f"https://www.linkedin.com/in/{RITA}?trk=people-guest", f"https://www.linkedin.com/in/{RITA}&trk=people",
        f"https://www.linkedin.com/in/{RITA}&amp;trk=people", f"https://www.linkedin.com/in/{RITA}%3Ftrk%3Dx",
        f"https://www.linkedin.com/in/{RITA}#:~:text=Rita", f"https://www.linkedin.com/in/{RITA}%20",
        f"https://www.linkedin.com/in/{RITA}/?utm_source=x&utm_medium=y", f"https://www.linkedin.com/in/{RITA}%2F",
        f"https://www.linkedin.com/in/{RITA})", f"https://www.linkedin.com/in/{RITA},", f"linkedin.com/in/{RITA}.",
        f'https://www.linkedin.com/in/{RITA}"', f"https://www.linkedin.com/in/{RITA}>", f"linkedin.com/in/{RITA};",
        f"https://www.linkedin.com/in/{RITA}'", f"https://www.linkedin.com/in/{RITA}]", f"linkedin.com/in/{RITA}**",
        f"https://www.linkedin.com/in/{RITA}!", f"https://www.linkedin.com/in/{RITA}\u201d",
        f"linkedin.com/in/{RITA}\\", f"https://www.linkedin.com/in/{RITA}).", f"<https://www.linkedin.com/in/{RITA}>",
        f"[Rita](https://www.linkedin.com/in/{RITA})", f"[linkedin.com/in/{RITA}](https://linkedin.com/in/{RITA})",
        f'<a href="https://www.linkedin.com/in/{RITA}">Rita</a>',
        f'=HYPERLINK("https://linkedin.com/in/{RITA}";"Rita")',
        f"LinkedIn: https://www.linkedin.com/in/{RITA} (Rita)", f"linkedin:www.linkedin.com/in/{RITA}",
        f"\u201chttps://www.linkedin.com/in/{RITA}\u201d", f"'https://www.linkedin.com/in/{RITA}'",
        f"https:\\/\\/www.linkedin.com\\/in\\/{RITA}", f"https:\\\\www.linkedin.com\\in\\{RITA}",
        quote(f"https://www.linkedin.com/in/{RITA}", safe=""),
        quote(quote(f"linkedin.com/in/{RITA}", safe=""), safe=""),
        f"https://www.google.com/url?q=https://www.linkedin.com/in/{RITA}&sa=D&source=editors",
        f"https://www.google.com/url?sa=t&q=&url=https%3A%2F%2Fde.linkedin.com%2Fin%2F{RITA}&ved=1",
        f"https://www.linkedin.com/authwall?trk=x&sessionRedirect=https%3A%2F%2Fwww.linkedin.com%2Fin%2F{RITA}",
        f"https://www.linkedin.com/uas/login?session_redirect=https%3A%2F%2Fwww.linkedin.com%2Fin%2F{RITA}%2F",
        f"https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Flinkedin.com%2Fin%2F{RITA}&data=05%7C01",
        f"https://urldefense.com/v3/__https://www.linkedin.com/in/{RITA}__;!!N11eV2iwtfs!abc$",
        f"https://web.archive.org/web/2021/https://www.linkedin.com/in/{RITA}",
    ],
)  # fmt: skip
def test_every_spelling_of_one_profile_is_one_slug(value: str) -> None:
    assert read_profile(value).slug == RITA


@each_row(
    "value",
    [
        "j%C3%A9r%C3%B4me-2", "j%25C3%25A9r%25C3%25B4me-2", "j%E9r%F4me-2", "j%25E9r%25F4me-2", "jérôme-2", "JÉRÔME-2",
        "j%c3%a9r%c3%b4me-2", "je%CC%81ro%CC%82me-2", "j%2525C3%2525A9r%2525C3%2525B4me-2", "J%C3%89R%C3%94ME-2",
        "j\u00e9r%C3%B4me-2", "j%u00e9r%u00F4me-2",
    ],
)  # fmt: skip
def test_a_slug_is_one_however_often_and_in_whatever_charset_it_was_escaped(value: str) -> None:
    assert read_profile(f"https://www.linkedin.com/in/{value}/").slug == "jérôme-2"


@each_row(
    ("path", "slug"),
    [
        ("john-smithy/12/345/678", "john-smithy-67834512"),
        ("john-smithy/99/1a2/b3c", "john-smithy-b3c1a299"),
        ("John-Smithy/99/1A2/B3C/", "john-smithy-b3c1a299"),
        ("john-smithy/5/1a/2b", "john-smithy-02b01a5"),
        ("john-smithy/0/0/1", "john-smithy-0010000"),
        ("john-smithy/a/bcd/9?trk=x", "john-smithy-009bcda"),
        ("j%C3%A9r%C3%B4me/1/234/567", "jérôme-5672341"),
        ("john-smithy/12/345/678/de", "john-smithy-67834512"),
        ("john-smithy", None),
        ("john-smithy/12/345", None),
        ("john-smithy/12/345/6789", None),
        ("dir/John/Smithy", None),
        ("", None),
    ],
)
def test_old_addresses_become_those_that_linkedin_redirects_them_to(path: str, slug: str | None) -> None:
    assert read_profile(f"https://www.linkedin.com/pub/{path}").slug == slug
    assert read_profile(f"/pub/{path}").slug == slug


@pytest.mark.parametrize(
    "token", ["ACoAAAbCdEf", "ACoAAABcDeF", "ACwAAAbCdEf", "ACoAAB_-xYz0123456789AbCdEfGhIjKlMnOpQr"]
)
def test_the_token_of_a_member_keeps_its_case(token: str) -> None:
    assert read_profile(f"https://www.linkedin.com/in/{token}/").slug == token
    assert read_profile(f"in/{token}?x=1").slug == token


@each_row(
    ("path", "said"),
    [
        ("company/acme", "a company page"), ("school/acme", "a school's page"), ("showcase/acme", "a showcase page"),
        ("sales/lead/ACwAAAbCdEf,NAME_SEARCH,x1", "a Sales Navigator link"),
        ("sales/people/ACwAAA", "a Sales Navigator"), ("talent/profile/AEMAAA", "a Recruiter link"),
        ("recruiter/profile/1,2,CAP", "a Recruiter link"), ("jobs/view/123", "a job"),
        ("posts/rita-moss_activity-1", "a post"), ("feed/update/urn:li:activity:1", "a post"),
        ("groups/123", "a group"), ("learning/x", "a course"), ("search/results/people/?keywords=rita", "a search"),
        ("profile/view?id=123", "an old link by number"), ("pulse/x", "an article"), ("events/1", "an event"),
        ("pub/dir/Rita/Moss", "a directory"), ("mwlite/company/acme", "a company page"),
        ("Company/Acme", "a company page"), ("messaging/thread/1", "a conversation"),
        ("newsletters/x", "a newsletter"), ("", "another page of LinkedIn"), ("login", "LinkedIn's login"),
        ("in/unavailable", "not public"), ("in/undefined", "not public"), ("in/NULL", "not public"),
        ("in/none", "not public"), ("in/nan", "not public"), ("in/edit", "not public"), ("in/me", "not public"),
        ("in/rita.moss", "names no profile"),
        ("in/patrick-o'neill", "names no profile"), ("in/rita%zz", "names no profile"),
        ("in/rita+moss", "names no profile"), ("pub/rita-moss", "three numbers"),
    ],
)  # fmt: skip
def test_what_is_no_profile_is_named_with_what_to_do(path: str, said: str) -> None:
    found = read_profile(f"https://www.linkedin.com/{path}")
    assert found.slug is None
    assert said in (found.reason or "")
    assert "copy the address of the person's public profile, https://www.linkedin.com/in/…" in (found.reason or "")


@each_row(("kind", "name"), pairs("pages"))
def test_each_kind_of_page_is_named(kind: str, name: str) -> None:
    assert (read_profile(f"https://www.linkedin.com/{kind}/1").reason or "").startswith(f"it is {name}; copy")


@pytest.mark.parametrize(
    "value", ["lnkd.in/eAbC", "https://lnkd.in/p/x", "HTTP://www.LNKD.in/x", "see https://lnkd.in/x"]
)
def test_a_short_link_cannot_be_followed(value: str) -> None:
    assert "short link" in (read_profile(value).reason or "")


def test_of_several_profiles_the_first_is_taken_and_said() -> None:
    found = read_profile("linkedin.com/in/rita-moss-78,https://de.linkedin.com/in/john-doe-1")
    assert (found.slug, found.reason) == (RITA, f"there are several profiles, and {RITA} is taken")
    assert read_profile(f"linkedin.com/in/{RITA};//linkedin.com/in/john-doe-1").reason == found.reason
    assert read_profile(f"linkedin.com/in/{RITA} / https://de.linkedin.com/in/{RITA}").reason is None


SLUGS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=3, max_size=100).filter(
    lambda slug: slug not in {"login", "edit", "null", "none", "nan"}
)


@given(
    slug=SLUGS,
    before=st.sampled_from(["", "<", "(", '"', "LinkedIn: ", "[x](", "“", "* "]),
    scheme=st.sampled_from(["", "//", "http://", "https://", "HTTPS://", "https:/", "http://https://"]),
    host=st.sampled_from(["linkedin.com", "www.linkedin.com", "fr.linkedin.com", "m.LinkedIn.com", "linkedin.com:443"]),
    kind=st.sampled_from(["in", "IN", "mwlite/in", "comm/in", "mwlite/profile/in"]),
    behind=st.sampled_from(
        ["", "/", "?trk=x", "/de", "#x", "&trk=x", ")", ",", ".", '">', "/?a=https://x.example", "%3Fa"]
    ),
    escapes=st.integers(0, 3),
)
def test_any_spelling_built_from_parts_is_the_same_slug(
    *, slug: str, before: str, scheme: str, host: str, kind: str, behind: str, escapes: int
) -> None:
    written = slug
    for _ in range(escapes):
        written = "".join(f"%{ord(c):02X}" for c in written) if written == slug else written.replace("%", "%25")
    assert read_profile(f"{before}{scheme}{host}/{kind}/{written}{behind}").slug == slug


@given(SLUGS, SLUGS)
def test_two_slugs_are_never_one(one: str, other: str) -> None:
    read = [read_profile(f"https://www.linkedin.com/in/{slug}").slug for slug in (one, other)]
    assert (read[0] == read[1]) == (one == other)


@given(st.text(max_size=300))
def test_a_slug_is_read_as_itself(value: str) -> None:
    slug = read_profile(f"https://www.linkedin.com/in/{value}").slug
    assert slug is None or read_profile(f"https://www.linkedin.com/in/{slug}").slug == slug


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("before", ["", "https://www.linkedin.com/in/", "https://www.google.com/url?q="])
def test_hostile_texts_take_linear_time(piece: str, before: str) -> None:
    text = before + (piece * LENGTH)[:LENGTH]
    begun = time.process_time()
    read_profile(text)
    assert time.process_time() - begun < SECONDS
