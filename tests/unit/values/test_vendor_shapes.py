"""What a vendor says in its own shape, or through a gateway, is heard."""

from app.providers.client.interpret import rule
from app.providers.declaration.messages import read_response
from app.providers.declaration.verdicts import Verdict
from app.providers.setup.registry import load_specs


def test_what_a_vendor_means_by_a_bare_status_needs_its_own_shape_where_it_means_something_else() -> None:
    tables = {spec.slug: spec.routes[0].verdicts for spec in load_specs()}
    foreign = b'{"message":"Too many of them"}'
    assert rule(read_response(429, {}, foreign), tables["hunter"]) is Verdict.RATE_LIMITED
    assert rule(read_response(400, {}, foreign), tables["contactout"]) is Verdict.BAD_REQUEST
    assert rule(read_response(404, {}, foreign), tables["contactout"]) is Verdict.BAD_REQUEST


def test_a_vendor_behind_a_gateway_is_heard() -> None:
    upstream = {"X-Kong-Upstream-Latency": "20", "X-Kong-Response-Latency": "22"}
    tables = {spec.slug: spec.routes[0].verdicts for spec in load_specs()}
    for slug in ("skrapp", "kaspr", "findymail"):
        for said in ("Not found", "No route to this person", "The person could not be found", "Profile URL not found"):
            answer = read_response(404, upstream, f'{{"message":"{said}"}}'.encode())
            assert rule(answer, tables[slug]) is Verdict.MISS
