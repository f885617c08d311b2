"""Grades of verifications that stand in several members or places, and requests as templates."""

import pytest

from app.providers.declaration.grades import either, joined, written
from app.providers.declaration.messages import NoValue, RequestTemplate, get, look, narrow, post, read_response
from tests.rows import each_row


@each_row(
    ("value", "text"),
    [
        ("valid", "valid"),
        (" valid ", "valid"),
        (" ", None),
        ("", None),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (0.5, "0.5"),
        (None, None),
        ({"grade": "valid"}, None),
        (["valid"], None),
        (NoValue.MISSING, None),
    ],
)
def test_a_grade_is_a_text_a_number_or_a_flag(value: object, text: str | None) -> None:
    assert written(value) == text


@each_row(
    ("body", "both", "first"),
    [
        (b'{"state": "ok", "accept_all": true}', "ok|true", "ok"),
        (b'{"state": null, "accept_all": false}', "|false", "false"),
        (b'{"state": "ok"}', "ok|", "ok"),
        (b'{"accept_all": 0}', "|0", "0"),
        (b"{}", "|", NoValue.MISSING),
    ],
)
def test_several_members_are_one_grade_or_the_first_that_is_there_counts(body: bytes, both: str, first: object) -> None:
    answer = read_response(200, {}, body)
    assert look(answer, joined("state", "accept_all")) == both
    assert look(answer, either("state", "accept_all")) == first


@pytest.mark.parametrize(
    ("template", "full"),
    [
        (get("/find"), RequestTemplate(method="GET", path="/find", query={}, json=None, form=None)),
        (get("/find", {"name": "x"}), RequestTemplate(method="GET", path="/find", query={"name": "x"})),
        (post("/find"), RequestTemplate(method="POST", path="/find", query={}, json=None, form=None)),
        (post("/find", {"name": "x"}), RequestTemplate(method="POST", path="/find", json={"name": "x"})),
        (post("/find", form={"name": "x"}), RequestTemplate(method="POST", path="/find", form={"name": "x"})),
        (post("/find", query={"name": "x"}), RequestTemplate(method="POST", path="/find", query={"name": "x"})),
    ],
)
def test_a_request_is_declared_in_a_word(template: RequestTemplate, full: RequestTemplate) -> None:
    assert template == full


def test_a_template_is_filled_but_its_path() -> None:
    template = post("/find/{id}", {"name": "{name}"}, query={"mail": "{email}"})
    known = {"id": "7", "name": "Jane", "email": "jane@acme.example"}
    assert narrow(template, known) == post("/find/{id}", {"name": "Jane"}, query={"mail": "jane@acme.example"})
    assert narrow(template, {"name": "Jane"}) == post("/find/{id}", {"name": "Jane"})
    assert narrow(post("/find", form={"name": "{name}"}), known) == post("/find", form={"name": "Jane"})
