"""A1, A7: no request holds the event loop for long, and many that do so for a moment leave room between them."""

import asyncio
import json
import threading
import unicodedata

import pytest

from app.api.http.json_body import MAX_BODY
from app.dialects.json_parser import MAX_PARTS, parse_object
from app.domain.contacts.text import MAX_MARKS, fold_accents, normal_form
from app.domain.errors import InvalidInputError
from app.serving import THREADS, Turns
from tests.api.door import Door
from tests.hostile.deadline import cpu_seconds

# Several times what the slowest takes on a busy machine. It notices what is not linear; what is refused is counted.
MOST = 1.0
REPEATED = [
    b'"",',
    b"0 ,",
    b"1e1,",
    b"{},",
    b"[],",
    b'{"":0},',
    b'"\\n" ,',
    b"[" * 28 + b"]" * 28 + b",",
    b"1" * 99 + b",",
]
WHOLE = [
    b'"' + b"\\u0041" * (MAX_BODY // 6) + b'"',
    b'"' + b"\xc3\xa9" * (MAX_BODY // 2) + b'"',
    b" " * MAX_BODY + b"0",
]


@pytest.mark.parametrize("member", ["a", "metadata"])
def test_a1_a_body_of_any_shape_is_parsed_in_a_moment(member: str) -> None:
    refused = 0
    lists = [b'{"a":[' + unit * (MAX_BODY // len(unit)) + b"0]}" for unit in REPEATED]
    for value in [*lists, *WHOLE]:
        with cpu_seconds(MOST):
            try:
                parse_object(b'{"%b":%b}' % (member.encode(), value))
            except InvalidInputError:
                refused += 1
    # Whatever has many parts; one of long numbers has few.
    assert refused == len(REPEATED) - 1


def test_a1_as_many_parts_as_a_body_may_have_are_read() -> None:
    parts = MAX_PARTS - 3
    assert len(parse_object(json.dumps({"a": [0] * parts}).encode())["a"]) == parts
    with pytest.raises(InvalidInputError, match="20,000 members and elements"):
        parse_object(json.dumps({"a": [0] * (MAX_PARTS + 1)}).encode())


def test_a2_marks_are_bounded_by_letter_and_all_other_texts_stay() -> None:
    flood = "e" + "\u0315\u0300" * 40_000 + "x"
    with cpu_seconds(MOST):
        found = normal_form("NFC", flood)
        assert fold_accents(flood) == "ex"
    assert len(found) <= MAX_MARKS + 2
    assert found.endswith("x")
    usual = "Nguyễn Thị Minh Khai, Åsa Öström, 山田太郎 ｱｲｳ ﬁn \u1100\u1161\u11a8 " * 3
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normal_form(form, usual) == unicodedata.normalize(form, usual)  # noqa: TID251 - what it is compared with


def test_a2_each_character_that_decomposes_into_marks_counts_as_one() -> None:
    for number in range(0x110000):
        letter = chr(number)
        if unicodedata.combining(unicodedata.normalize("NFKD", letter)[0]):  # noqa: TID251 - a single character
            assert len(normal_form("NFC", "a" + letter * 99)) <= 1 + MAX_MARKS * 4, hex(number)


async def test_a7_long_calls_come_one_at_a_time_with_a_pause_behind_each() -> None:
    turns, now, seen = Turns(lambda: now[0]), [0.0], list[str]()

    def parse() -> None:
        seen.append("call")
        now[0] += 0.01

    async def other() -> None:
        while seen.count("call") < 4:
            seen.append("other")
            await asyncio.sleep(0)

    await asyncio.gather(*(turns.call(parse) for _ in range(4)), other())
    assert "call call" not in " ".join(seen)


async def test_a7_a_call_that_fails_gives_its_turn_back() -> None:
    turns = Turns()
    with pytest.raises(InvalidInputError):
        await turns.call(lambda: parse_object(b"x"))
    assert await turns.call(lambda: parse_object(b"{}")) == {}


async def test_a7_few_threads_compute_beside_the_event_loop(door: Door) -> None:
    sheet = b"first_name,last_name,domain\n" + b"Jane,Smith,acme.example\n" * 300  # few enough for a thread
    before = set(threading.enumerate())
    async with door.client(await door.key()) as client:
        answers = await asyncio.gather(
            *(
                client.post("/api/v1/batches/preview", content=sheet, headers={"content-type": "text/csv"})
                for _ in range(6)
            )
        )
    assert {answer.status_code for answer in answers} <= {200, 429}
    assert 1 <= sum(one.name.startswith("beside") for one in set(threading.enumerate()) - before) <= THREADS
