"""Other parsers read the same host in every URL that webhooks may go to: no difference to slip through."""

from urllib.parse import urlsplit

import httpx
from hypothesis import given
from hypothesis import strategies as st

from app.domain.webhooks.url_policy import UrlRejected, check_url
from tests.examples import examples

_PIECES = [
    "http",
    "https",
    ":",
    "/",
    "//",
    "@",
    "\\",
    "#",
    "?",
    "[",
    "]",
    "127.0.0.1",
    "good.example",
    "0x7f",
    "%00",
    ".",
    "。",
    "::1",
    "80",
    "\t",
    "é",
]


@given(
    st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_PIECES), max_size=12).map("".join).map("http://".__add__))
)
@examples(2000)
def test_other_parsers_read_the_same_host_in_every_url_that_we_accept(url: str) -> None:
    target = check_url(url)
    if isinstance(target, UrlRejected):
        return
    theirs = httpx.URL(url)
    assert theirs.raw_host.decode().removesuffix(".") == target.host
    assert (theirs.port or {"http": 80, "https": 443}[theirs.scheme]) == target.port
    assert target.path.isascii()
    if url.isascii():
        assert (urlsplit(url).hostname or "").removesuffix(".") == target.host
