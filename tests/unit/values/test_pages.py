"""A page that is no answer of the vendor's is never read as one, whatever its status."""

import pytest

from app.providers.client.interpret import rule
from app.providers.declaration.messages import read_response
from app.providers.declaration.spec import Spec
from app.providers.declaration.verdicts import Verdict, VerdictRule
from app.providers.setup.registry import load_specs

PAGES = {
    "challenge": b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>nginx</body></html>",
    "proxy": b"<html>\r\n<head><title>403 Forbidden: no access, insufficient credits, quota</title></head></html>",
    "xml": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
    "text": b"error code: 1020",
    "words": b"no such person: not found, invalid credentials, out of credits, no access",
    "scalar": b'"not found"',
    "null": b"null",
    "number": b"404",
    "latin-1": "<html>Accès refusé</html>".encode("latin-1"),
    "BOM": b"\xef\xbb\xbf<html></html>",
}
STATUSES = (400, 401, 402, 403, 404, 405, 409, 410, 422, 423, 451, 499, 500, 502, 503, 504, 520)
REFUSALS = {Verdict.MISS, Verdict.AUTH_ERROR, Verdict.OUT_OF_CREDITS, Verdict.ANSWER, Verdict.PENDING}
TABLES = [
    pytest.param(table, id=f"{spec.slug} {number} {name}")
    for spec in load_specs()
    for number, route in enumerate(spec.routes)
    for name, table in (
        ("request", route.verdicts),
        ("poll", route.poll.verdicts if route.poll else ()),
        ("first task", route.before.verdicts if route.before else ()),
        ("account", spec.balance_verdicts),
    )
]


@pytest.mark.parametrize("table", TABLES)
def test_a_page_is_a_fault_in_every_table_of_every_vendor(table: tuple[VerdictRule, ...]) -> None:
    for page in PAGES.values():
        for status in STATUSES:
            assert rule(read_response(status, {"content-type": "text/html"}, page), table) is Verdict.SERVER_ERROR
        assert rule(read_response(200, {}, page), table) is Verdict.MALFORMED
        assert rule(read_response(302, {}, page), table) is Verdict.MALFORMED
        # A throttle is one, whatever stands in between asks for fewer requests (RFC 6585, 4).
        assert rule(read_response(429, {}, page), table) is Verdict.RATE_LIMITED


# The sheets of these vendors say that such an answer has no body, or leave its body open.
EMPTY = {("kaspr", 200): Verdict.MISS, ("skrapp", 404): Verdict.MISS}


@pytest.mark.parametrize("spec", load_specs(), ids=lambda spec: spec.slug)
def test_an_empty_body_is_an_answer_only_where_the_vendor_documents_it(spec: Spec) -> None:
    for route in spec.routes:
        for status in (200, *STATUSES):
            verdict = rule(read_response(status, {}, b""), route.verdicts)
            wanted = EMPTY.get((spec.slug, status))
            assert verdict is wanted if wanted else verdict not in REFUSALS


def test_texts_that_vendors_document_are_answers() -> None:
    tables = {spec.slug: spec.routes[0].verdicts for spec in load_specs()}
    for slug, text in (("apollo", b"Invalid access credentials."), ("icypeas", b"Unauthorized access.")):
        assert rule(read_response(401, {"content-type": "text/plain"}, text), tables[slug]) is Verdict.AUTH_ERROR
        assert rule(read_response(403, {"content-type": "text/plain"}, text), tables[slug]) is Verdict.SERVER_ERROR
