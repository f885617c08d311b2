"""Odd answers of receivers: what is readable counts by its status, and errors are sentences for people."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.egress import Vetting
from app.services import Services
from tests.webhooks.conftest import clock, senders, try_once, without_databases
from tests.webhooks.receiver import answer, listening, raw
from webhooks.answer import ReceiverAnswer
from webhooks.answer_head import AnswerHead

__all__ = ["clock", "senders", "without_databases"]  # fixtures

OK = b"HTTP/1.1 200 OK\r\n"
READABLE = {
    "a line that is no header": (OK + b"this is no header\r\nContent-Length: 0\r\n\r\n", 200),
    "an empty name": (OK + b": x\r\nContent-Length: 0\r\n\r\n", 200),
    "a blank in a name": (OK + b"X Y: z\r\nContent-Length: 0\r\n\r\n", 200),
    "a blank before the colon": (OK + b"X : z\r\nContent-Length : 0\r\n\r\n", 200),
    "a NUL in a value": (OK + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n", 200),
    "a folded value": (OK + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n", 200),
    "bytes in a name": (OK + b"\xff\xfe: x\r\nContent-Length: 0\r\n\r\n", 200),
    "bytes in a value": (OK + b"X: J\xfcrgen\r\nContent-Length: 0\r\n\r\n", 200),
    "identity": (OK + b"Transfer-Encoding: identity\r\n\r\nthanks", 200),
    "identity and a length": (OK + b"Transfer-Encoding: identity\r\nContent-Length: 6\r\n\r\nthanks", 200),
    "compressed chunks": (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 200),
    "chunks that are none": (OK + b"Transfer-Encoding: chunked\r\n\r\nthanks", 200),
    "an empty line before": (b"\r\n" + OK + b"Content-Length: 0\r\n\r\n", 200),
    "empty lines before": (b"\n\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n", 200),
    "lines that end in LF": (OK.replace(b"\r", b"") + b"Content-Length: 0\n\n", 200),
    "a length that is none": (OK + b"Content-Length: many\r\n\r\nthanks", 200),
    "a negative length": (OK + b"Content-Length: -1\r\n\r\nthanks", 200),
    "two lengths": (OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nthanks", 200),
    "a length that is not kept": (OK + b"Content-Length: 1000\r\n\r\nthanks", 200),
    "no reason": (b"HTTP/1.1 204\r\n\r\n", 204),
    "a reason of bytes": (b"HTTP/1.1 200 \xff\xfe\x01\r\nContent-Length: 0\r\n\r\n", 200),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nthanks", 200),
    "HTTP/2 in words": (b"HTTP/2 200\r\nContent-Length: 0\r\n\r\n", 200),
    "two blanks": (b"HTTP/1.1  200  OK\r\nContent-Length: 0\r\n\r\n", 200),
    "an interim answer": (
        b"HTTP/1.1 103 Early\r\nno header\r\n\r\n" + OK + b"no header\r\nContent-Length: 0\r\n\r\n",
        200,
    ),
    "a refusal": (b"HTTP/1.1 503 No\r\nno header\r\nRetry-After: 7\r\n\r\n", 503),
    "gone": (b"\r\nHTTP/1.1 410 Gone\r\nno header\r\n\r\n", 410),
}
UNREADABLE = {
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a page without a head": b"<html>\r\n\r\n</html>",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a short status": b"HTTP/1.1 20 OK\r\n\r\n",
    "a long status": b"HTTP/1.1 2000 OK\r\n\r\n",
    "bytes": bytes(range(256)),
    "a status below 100": b"HTTP/1.1 042 OK\r\n\r\n",
    "half a head": b"HTTP/1.1 200 OK\r\nX: a",
    "nothing": b"",
    "HTTP/2 frames": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18),
}


async def test_c19_an_odd_but_readable_answer_counts_by_its_status(senders: Services) -> None:
    vetting = Vetting(senders.settings)
    async with listening() as receiver:
        for name, (reply, status) in READABLE.items():
            receiver.script = [raw(reply)]
            result = await try_once(senders, vetting, receiver.url)
            assert result.http_status == status, (name, result)
            assert (result.error is None) == (status < 300), name
        receiver.script = [answer(200, b"thanks", X="y")]
        assert (await try_once(senders, vetting, receiver.url)).answer_excerpt == "thanks"
        receiver.script = [raw(READABLE["a refusal"][0])]
        assert (await try_once(senders, vetting, receiver.url)).retry_after == 7


async def test_c19_errors_are_sentences_without_the_bytes_of_a_library(senders: Services) -> None:
    vetting = Vetting(senders.settings)
    async with listening() as receiver:
        for name, reply in UNREADABLE.items():
            receiver.script = [raw(reply)]
            result = await try_once(senders, vetting, receiver.url)
            assert result.http_status is None, name
            assert result.error, name
            assert not any(word in result.error for word in ("bytearray", "b'", "\\x")), result.error


@given(st.sampled_from(sorted(READABLE)), st.lists(st.integers(0, 200), max_size=8))
def test_c19_a_head_is_tidied_however_it_is_cut(name: str, cuts: list[int]) -> None:
    reply = READABLE[name][0]
    whole = AnswerHead().feed(reply)
    pieces, cut = AnswerHead(), b""
    places = sorted({0, *(min(cut, len(reply)) for cut in cuts), len(reply)})
    for start, end in pairwise(places):
        cut += pieces.feed(reply[start:end])
    assert cut == whole


@given(st.sampled_from(sorted(READABLE)), st.lists(st.integers(0, 200), max_size=8), st.sampled_from([b"", OK]))
def test_c19_an_answer_is_the_same_however_it_is_cut(name: str, cuts: list[int], behind: bytes) -> None:
    reply = READABLE[name][0] + behind
    places = sorted({0, *(min(cut, len(reply)) for cut in cuts), len(reply)})
    whole, pieces = ReceiverAnswer(), ReceiverAnswer()
    whole.feed(reply)
    for start, end in pairwise(places):
        pieces.feed(reply[start:end])
    for one in (whole, pieces):
        one.close()
    kept = whole.keeps_connection
    assert (pieces.status, pieces.retry_after, pieces.excerpt) == (whole.status, whole.retry_after, whole.excerpt)
    assert pieces.status == READABLE[name][1]
    assert not (kept and behind)


@given(st.binary(max_size=300))
@pytest.mark.parametrize("status", [b"", b"HTTP/1.1 200 OK\r\n"])
def test_c19_no_bytes_are_lost_or_raise(status: bytes, reply: bytes) -> None:
    head = AnswerHead()
    passed = head.feed(status + reply) + head.feed(b"")
    if not status and b"HTTP/" not in reply:
        assert passed == (status + reply) or passed == reply.lstrip(b"\r\n")
