"""Every fault of a body is found at once, with the path of the member and a sentence that says what to send."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from msgspec import UNSET, Meta, Struct, UnsetType

from app.dialects.body_members import FAULT, RULE
from app.dialects.body_reader import in_order, names_of, read_body, unknown_members
from app.domain.errors import FieldError
from tests.rows import each_row


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


class Part(Struct, kw_only=True):
    """An object inside the body."""

    part_name: Annotated[str, Meta(max_length=3)]


def _odd(number: int) -> str | None:
    return None if number % 2 else "must be odd"


class Sample(Struct, kw_only=True, rename="camel"):
    """One member of each kind."""

    first_name: Annotated[str, Meta(max_length=5)]
    nick: str | None = "none"
    flag: bool | None = False
    colour: Colour | None = Colour.RED
    colours: Annotated[list[Colour], Meta(min_length=1, max_length=2)] | None = None
    sizes: list[Literal["S", "L"]] | None = None
    unique_tags: (
        Annotated[list[str], Meta(extra={FAULT: "must be a list of tags"}, extra_json_schema={"uniqueItems": True})]
        | None
    ) = None
    number: Annotated[int, Meta(ge=1, le=9, extra={FAULT: "must be from 1 to 9", RULE: _odd})] | None = None
    rate: Annotated[int, Meta(extra={FAULT: lambda value: f"is no rate: {value}"})] | UnsetType | None = UNSET
    owner: UUID | None = None
    extra: dict[str, Any] | None = {}
    parts: Annotated[list[Part], Meta(extra={FAULT: "must be a list of parts"})] | None = None
    part: Part | None = None


def faults_of(**members: Any) -> dict[str, str]:
    """Read members together with a right name, and return the sentences by path."""
    faults: list[FieldError] = []
    read_body(Sample, {"firstName": "Jane"} | members, faults)
    return {fault.field: fault.message for fault in faults}


@each_row(
    ("members", "faults"),
    [
        pytest.param({"firstName": None}, {"firstName": "is required"}, id="a required member is null"),
        pytest.param({"firstName": " \t"}, {"firstName": "is required"}, id="a required text is blank"),
        pytest.param({"firstName": 5}, {"firstName": "must be a string"}, id="a number for a text"),
        pytest.param({"firstName": "Joanna"}, {"firstName": "must be at most 5 characters"}, id="a long text"),
        pytest.param({"nick": True}, {"nick": "must be a string"}, id="a flag for a text without bounds"),
        pytest.param({"flag": 1}, {"flag": "must be true or false"}, id="a number for a flag"),
        pytest.param({"colour": "RED"}, {"colour": "must be one of red, blue"}, id="an unknown choice"),
        pytest.param({"colour": ["red"]}, {"colour": "must be one of red, blue"}, id="a list for a choice"),
        pytest.param({"colours": []}, {"colours": "must be a list of red, blue"}, id="a list that is too short"),
        pytest.param({"colours": ["red"] * 3}, {"colours": "must be a list of red, blue"}, id="one that is too long"),
        pytest.param({"colours": "red"}, {"colours": "must be a list of red, blue"}, id="a text for a list"),
        pytest.param({"colours": ["red", 1]}, {"colours[1]": "must be one of red, blue"}, id="a wrong item"),
        pytest.param({"sizes": ["S", "XL"]}, {"sizes[1]": "must be one of S, L"}, id="a wrong literal"),
        pytest.param(
            {"sizes": ["S"] * 101}, {"sizes": "must be a list of S, L, at most 100"}, id="one without a bound"
        ),
        pytest.param({"uniqueTags": ["a", "b", "a"]}, {"uniqueTags[2]": "is named twice"}, id="an item named twice"),
        pytest.param({"uniqueTags": {}}, {"uniqueTags": "must be a list of tags"}, id="the sentence of a list"),
        pytest.param({"number": 0}, {"number": "must be from 1 to 9"}, id="a number out of bounds"),
        pytest.param({"number": True}, {"number": "must be from 1 to 9"}, id="a flag for a number"),
        pytest.param({"number": 4}, {"number": "must be odd"}, id="a number that breaks the rule"),
        pytest.param({"rate": "fast"}, {"rate": "is no rate: fast"}, id="a sentence made of the value"),
        pytest.param({"owner": "me"}, {"owner": "must be an id (a UUID)"}, id="a text that is no id"),
        pytest.param({"extra": []}, {"extra": "must be a JSON object"}, id="a list for an object"),
        pytest.param({"part": []}, {"part": "must be a JSON object"}, id="a list for a Struct"),
        pytest.param({"part": {}}, {"part.part_name": "is required"}, id="a member of an object is missing"),
        pytest.param(
            {"parts": [1, {"part_name": "long"}]},
            {"parts[0]": "must be a JSON object", "parts[1].part_name": "must be at most 3 characters"},
            id="objects of a list",
        ),
        pytest.param(
            {"nick": 1, "flag": 2, "number": 3.5},
            {"nick": "must be a string", "flag": "must be true or false", "number": "must be from 1 to 9"},
            id="everything at once",
        ),
    ],
)
def test_a_fault_names_its_member_and_says_what_to_send(members: dict[str, Any], faults: dict[str, str]) -> None:
    assert faults_of(**members) == faults


def test_what_is_right_is_read_beside_what_is_wrong() -> None:
    faults: list[FieldError] = []
    body = read_body(Sample, {"firstName": 5, "nick": "Jan", "colours": ["red", "grey"], "number": 3}, faults)
    assert [fault.field for fault in faults] == ["firstName", "colours[1]"]
    read: tuple[object, ...] = (body.first_name, body.nick, body.colours, body.number)
    assert read == (None, "Jan", [Colour.RED], 3)


def test_null_is_absence_unless_the_member_may_be_unset_as_well() -> None:
    faults: list[FieldError] = []
    absent = read_body(Sample, {"firstName": "Jane"}, faults)
    null = read_body(Sample, {"firstName": "Jane", "nick": None, "rate": None, "extra": None}, faults)
    assert faults == []
    assert (absent.nick, absent.rate, absent.extra) == ("none", UNSET, {})
    assert (null.nick, null.rate, null.extra) == ("none", None, {})


def test_a_whole_number_may_be_written_with_a_point() -> None:
    faults: list[FieldError] = []
    assert read_body(Sample, {"firstName": "Jane", "rate": 5.0}, faults).rate == 5
    assert faults == []


def test_members_may_have_other_names_and_a_place_in_the_request() -> None:
    faults: list[FieldError] = []
    names = {"first_name": "Name", "number": "No."}
    body = read_body(Sample, {"Name": "Jane", "No.": "x", "nick": "J"}, faults, path="rows[3].", names=names)
    assert (body.first_name, body.nick) == ("Jane", "none")
    assert [fault.field for fault in faults] == ["rows[3].No."]


def test_faults_stand_in_the_order_of_the_members() -> None:
    found = ["parts[10].x", "owner", "parts[2].x", "", "nick"]
    faults = [FieldError(field=field, message="is wrong") for field in found]
    assert [one.field for one in in_order(Sample, faults)] == ["", "nick", "owner", "parts[2].x", "parts[10].x"]


def test_unknown_members_are_named_with_the_one_that_was_meant() -> None:
    assert list(names_of(Part).values()) == ["part_name"]
    assert unknown_members(Part, ["part_name", "partName", "colour"]) == (
        "unknown member 'partName' was ignored; did you mean 'part_name'?",
        "unknown member 'colour' was ignored",
    )


def test_a_type_without_a_sentence_is_refused_when_it_is_first_read() -> None:
    class Nameless(Struct, kw_only=True):
        number: int

    with pytest.raises(TypeError, match="needs Meta"):
        read_body(Nameless, {}, [])
