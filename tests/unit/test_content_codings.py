"""The content coding that an `Accept-Encoding` asks for, and bodies compressed ahead in each."""

import gzip

import brotli
import pytest

from app.content_codings import compress, preferred_coding
from tests.rows import each_row


@each_row(
    ("accepted", "coding"),
    [
        pytest.param(["gzip, deflate, br, zstd"], "br", id="a browser"),
        pytest.param(["deflate, gzip"], "gzip", id="gzip among others"),
        pytest.param(["br;q=0.5, gzip"], "gzip", id="gzip rather"),
        pytest.param(["gzip;q=0.5, br;q=0.5"], "br", id="both alike"),
        pytest.param(["gzip;q=0.5", "br;q=0.1"], "gzip", id="two lines"),
        pytest.param(["BR ; Q=1"], "br", id="capitals and blanks"),
        pytest.param(["gzip\t;\tq=0.001"], "gzip", id="hardly"),
        pytest.param([",, gzip ,"], "gzip", id="empty parts"),
        pytest.param(["*"], "br", id="anything"),
        pytest.param(["br;q=0, *"], "gzip", id="anything else"),
        pytest.param(["br;q=0"], "identity", id="not br"),
        pytest.param(["*;q=0, gzip;q=0.000"], "identity", id="nothing else"),
        pytest.param(["identity"], "identity", id="identity"),
        pytest.param(["identity, gzip;q=0.5"], "identity", id="identity rather"),
        pytest.param(["identity;q=0"], "identity", id="nothing that there is"),
        pytest.param(["gzip;q=2, br;q=0.1234"], "identity", id="no weights"),
        pytest.param(["gzip;level=1, br;q"], "identity", id="other parameters"),
        pytest.param(["x-gzippy, brotli, g zip"], "identity", id="other words"),
        pytest.param([""], "identity", id="empty"),
        pytest.param([], "identity", id="absent"),
    ],
)
def test_a_coding_is_chosen(accepted: list[str], coding: str) -> None:
    assert preferred_coding(accepted) == coding


@pytest.mark.parametrize("body", [b"", b"x", b'{"openapi":"3.1.0"}' * 1000])
def test_a_body_is_the_same_in_each_coding(body: bytes) -> None:
    bodies = compress(body)
    assert (bodies["identity"], gzip.decompress(bodies["gzip"]), brotli.decompress(bodies["br"])) == (body, body, body)
    assert bodies == compress(body)
