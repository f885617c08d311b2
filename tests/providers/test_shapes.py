"""The answers of every vendor in every documented shape, as data: one file for each vendor in shapes/.

A case of cases/ plays a whole look-up; here one answer is read by the same tables.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import Field, Mode
from app.domain.waterfall.answer import Answer, Failed, Found, Rejected
from app.providers.client.interpret import conclude, rule
from app.providers.client.polling import read_ticket, unwrapped
from app.providers.client.verification import with_verdict
from app.providers.declaration.messages import VendorResponse, read_response
from app.providers.declaration.verdicts import Verdict
from app.providers.setup.registry import Registry, load_specs
from app.settings.settings import Settings
from tests.play.clock import FROZEN_AT

SHAPES = Path(__file__).parent / "shapes"
ADDRESS = "rita.case@acme.example"
RITA = Contact(
    first_name="Rita",
    last_name="Case",
    company_domain="acme.example",
    company_name="Acme",
    linkedin_url="https://www.linkedin.com/in/rita-case",
)
OFFERS = Registry(Settings()).offers(Mode.LIVE)


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer, and the beginning of what it comes to, in the words of `said`."""

    field: str
    expected: str
    body: Any = msgspec.UNSET
    text: str = ""
    status: int = 200
    headers: dict[str, str] = {}
    way: str | None = None
    polled: bool = False


def said(answer: Answer) -> str:
    """Write an answer in few words."""
    match answer:
        case Found():
            words = f"{answer.value} {answer.status.value} c{answer.confidence}"
            tail = f" x{answer.phone_extension}" if answer.phone_extension else ""
            return f"hit {words} {answer.phone_type.value}{tail}"
        case Rejected(reason=reason):
            return f"rejected: {reason}"
        case Failed(trouble=trouble, retry_after=seconds):
            return trouble.value if seconds is None else f"{trouble.value} after {seconds:g}"
        case _:
            return "miss"


def read(slug: str, shape: Shape) -> str:
    """Read an answer as the client does."""
    offer = next(
        offer
        for offer in OFFERS
        if offer.provider == slug and offer.field.value == shape.field and shape.way in {None, offer.declared.name}
    )
    route = offer.declared
    content = shape.text.encode() if shape.body is msgspec.UNSET else msgspec.json.encode(shape.body)
    reply: VendorResponse | Any = read_response(shape.status, shape.headers, content)
    if shape.polled and route.poll:
        reply = unwrapped(reply, route.poll)
    verdict = rule(reply, (route.poll.verdicts if route.poll and shape.polled else ()) or route.verdicts)
    if verdict is Verdict.PENDING and route.poll:
        ticket = None if shape.polled else read_ticket(route.poll, reply)
        return f"pending {ticket.values if ticket else ''}".strip()
    result = conclude(
        reply,
        verdict,
        offer=offer,
        charge=route.charged,
        values=offer.values,
        contact=RITA,
        now=lambda: FROZEN_AT,
    )
    if shape.field == Field.VERIFY.value:
        result = with_verdict(result, reply, offer.values[Field.VERIFY], ADDRESS)
    return said(result.answer)


def shapes(slug: str) -> list[Shape]:
    """Read a vendor's shapes: one JSON object a line."""
    path = SHAPES / f"{slug}.jsonl"
    assert path.exists(), f"write tests/providers/shapes/{path.name}: docs/adding-a-provider.md, section Shapes"
    lines = path.read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Shape) for line in lines]


SLUGS = [spec.slug for spec in load_specs() if not spec.slug.startswith("sandbox")]


@pytest.mark.parametrize("slug", SLUGS)
def test_an_answer_is_read_in_every_documented_shape(slug: str) -> None:
    wrong = {}
    for number, shape in enumerate(shapes(slug), 1):
        if not (came_to := read(slug, shape)).startswith(shape.expected):
            wrong[f"{slug}.jsonl:{number}"] = f"{came_to}, not {shape.expected}"
    assert not wrong


def _leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {name: _leaves(part, change) for name, part in value.items()}
    return [_leaves(part, change) for part in value] if isinstance(value, list) else change(value)


def _is_word(value: object) -> bool:
    """Return whether a text is a status or another word, and no id, address, number or person."""
    return isinstance(value, str) and value.replace("_", "").isalpha() and len(value) > len("abc")


def _listed(value: Any) -> Any:
    """Put each object into a list."""
    if isinstance(value, dict):
        return {name: [_listed(part)] if isinstance(part, dict) else _listed(part) for name, part in value.items()}
    return [_listed(part) for part in value] if isinstance(value, list) else value


def _unlisted(value: Any) -> Any:
    """Take each object that is alone in a list out of it."""
    if isinstance(value, dict):
        return {name: _unlisted(part) for name, part in value.items()}
    parts = [_unlisted(part) for part in value] if isinstance(value, list) else []
    return parts[0] if len(parts) == 1 and isinstance(parts[0], dict) and parts[0] else parts or value


# What makes no difference, whatever a vendor answers: how programs write the same values.
SPELLINGS: dict[str, Callable[[Any], Any]] = {
    "words in capitals": lambda body: _leaves(body, lambda v: v.upper() if _is_word(v) else v),
    "words in small letters": lambda body: _leaves(body, lambda v: v.lower() if _is_word(v) else v),
    "hyphens": lambda body: _leaves(body, lambda v: v.replace("_", "-") if _is_word(v) else v),
    "blanks": lambda body: _leaves(body, lambda v: v.replace("_", " ") if _is_word(v) else v),
    "texts with blanks around": lambda body: _leaves(body, lambda v: f" {v}\r\n" if isinstance(v, str) else v),
    "whole numbers with a point": lambda body: _leaves(body, lambda v: float(v) if type(v) is int else v),
    "flags as texts": lambda body: _leaves(body, lambda v: str(v) if isinstance(v, bool) else v),
    "flags as numbers": lambda body: _leaves(body, lambda v: int(v) if isinstance(v, bool) else v),
    "flags as digits": lambda body: _leaves(body, lambda v: str(int(v)) if isinstance(v, bool) else v),
    "flags as words": lambda body: _leaves(body, lambda v: ("No", "Yes")[v] if isinstance(v, bool) else v),
    "nulls as texts": lambda body: _leaves(body, lambda v: "null" if v is None else v),
    "nulls as empty texts": lambda body: _leaves(body, lambda v: "" if v is None else v),
    "objects in lists": _listed,
    "objects out of lists": _unlisted,
    "all in a list": lambda body: [body],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_of_an_answer_makes_no_difference(spelling: str) -> None:
    wrong = {}
    for slug in SLUGS:
        for number, shape in enumerate(shapes(slug), 1):
            if shape.body is msgspec.UNSET or shape.expected.split(" ")[0] not in {"hit", "miss", "pending"}:
                continue
            other = msgspec.structs.replace(shape, body=SPELLINGS[spelling](shape.body))
            if (came_to := read(slug, other)) != (wanted := read(slug, shape)):
                wrong[f"{slug}.jsonl:{number}"] = f"{came_to}, not {wanted}: {other.body}"
    assert not wrong


@pytest.mark.parametrize("slug", SLUGS)
def test_each_vendor_has_shapes_of_each_outcome(slug: str) -> None:
    outcomes = {shape.expected.split(" ")[0].rstrip(":") for shape in shapes(slug)}
    finds = any(spec.slug == slug and (spec.email or spec.phone) for spec in load_specs())
    assert outcomes >= ({"hit", "miss"} if finds else {"hit"})
