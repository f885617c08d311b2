"""Grades of verifications that stand in several members or places, and requests as templates."""

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
        (b'{"accept_all": 0}', "|false", "0"),
        (b'{"state": "No", "accept_all": "Yes"}', "false|true", "No"),
        (b'{"state": "2", "accept_all": 0.5}', "2|0.5", "2"),
        (b'{"state": "ok", "accept_all": 1}', "ok|true", "ok"),
        (b'{"state": "ok", "accept_all": "1"}', "ok|true", "ok"),
        (b'{"state": "ok", "accept_all": 1.0}', "ok|true", "ok"),
        (b"{}", "|", NoValue.MISSING),
    ],
)
def test_several_members_are_one_grade_or_the_first_that_is_there_counts(body: bytes, both: str, first: object) -> None:
    answer = read_response(200, {}, body)
    assert look(answer, joined("state", "accept_all")) == both
    assert look(answer, either("state", "accept_all")) == first


def test_a_request_is_declared_in_a_word() -> None:
    name: dict[str, object] = {"name": "x"}
    assert get("/find") == RequestTemplate(method="GET", path="/find", query={}, json=None, form=None)
    assert get("/find", name) == RequestTemplate(method="GET", path="/find", query=name)
    assert post("/find") == RequestTemplate(method="POST", path="/find", query={}, json=None, form=None)
    assert post("/find", name) == RequestTemplate(method="POST", path="/find", json=name)
    assert post("/find", form=name) == RequestTemplate(method="POST", path="/find", form=name)
    assert post("/find", query=name) == RequestTemplate(method="POST", path="/find", query=name)


def test_a_template_is_filled_but_its_path() -> None:
    template = post("/find/{id}", {"name": "{name}"}, query={"mail": "{email}"})
    known = {"id": "7", "name": "Jane", "email": "jane@acme.example"}
    assert narrow(template, known) == post("/find/{id}", {"name": "Jane"}, query={"mail": "jane@acme.example"})
    assert narrow(template, {"name": "Jane"}) == post("/find/{id}", {"name": "Jane"})
    assert narrow(post("/find", form={"name": "{name}"}), known) == post("/find", form={"name": "Jane"})
