"""What every catalogue entry must be and must have cases for."""

import re
import statistics
from pathlib import Path

import pytest

from app.domain.contacts.contact import Contact
from app.domain.vocabulary import FINDABLE, Field, Mode
from app.domain.waterfall.policy import INPUTS, inputs
from app.providers import catalog
from app.providers.declaration.finder import Route
from app.providers.declaration.messages import RequestTemplate
from app.providers.declaration.spec import Spec
from app.providers.setup.registry import load_specs
from tests.providers.kinds import OF_A_TICKET, OF_A_VENDOR, OF_A_VERIFIER, OF_ANY_ENTRY, missing_kinds
from tests.providers.replay import Case, case_paths, load

SPECS = load_specs()
ENTRIES = [pytest.param(spec, id=spec.slug) for spec in SPECS]
MOST_LINES, MEDIAN_LINES, COUNTED = 110, 60, 20
EVERYTHING = Contact(
    first_name="Jane",
    last_name="Smith",
    full_name="Jane Smith",
    company_domain="acme.example",
    company_name="Acme",
    linkedin_url="https://www.linkedin.com/in/jane-smith-42",
    region="US",
)
KNOWN = inputs(EVERYTHING, "jane.smith@acme.example").keys()
USABLE = KNOWN | {"callback_url"}
FIELDS = [
    pytest.param(spec, field, id=f"{spec.slug}-{field}")
    for spec in SPECS
    if spec.mode is Mode.LIVE
    for field in sorted({route.field for route in spec.routes})
]


def source(spec: Spec) -> Path:
    return Path(catalog.__path__[0]) / f"{spec.slug.replace('-', '_')}.py"


def cases(spec: Spec) -> list[Case]:
    return [load(path) for path in case_paths(spec.slug)]


@pytest.mark.parametrize("spec", ENTRIES)
def test_an_entry_has_a_case_of_every_kind(spec: Spec) -> None:
    verifies_alone = {route.field for route in spec.routes} == {Field.VERIFY}
    missing = missing_kinds(cases(spec), OF_A_VERIFIER if verifies_alone else OF_ANY_ENTRY)
    assert not missing, f"add cases of: {sorted(missing)}"


def test_an_entry_without_a_case_of_a_kind_is_refused() -> None:
    hunter = next(spec for spec in SPECS if spec.slug == "hunter")
    only_found = [case for case in cases(hunter) if case.expected.outcome == "hit"]

    assert missing_kinds(only_found, OF_ANY_ENTRY) == {"not-found", "bad-key", "out-of-credits", "throttled"}


@pytest.mark.parametrize(("spec", "field"), FIELDS)
def test_a_vendor_has_a_case_of_every_kind_for_each_field(spec: Spec, field: Field) -> None:
    with_ticket = any(route.poll and route.poll.ticket for route in spec.routes if route.field is field)
    found = [case for case in cases(spec) if case.field == field]

    kinds = OF_A_VERIFIER if field is Field.VERIFY else OF_A_VENDOR
    missing = missing_kinds(found, kinds | (OF_A_TICKET if with_ticket else {}))
    assert not missing, f"add cases of {field}: {sorted(missing)}"


@pytest.mark.parametrize("spec", ENTRIES)
def test_an_entry_finds_every_field_that_it_offers(spec: Spec) -> None:
    found = {case.field for case in cases(spec) if case.expected.outcome == "hit"}

    assert found == {route.field.value for route in spec.routes}


@pytest.mark.parametrize("spec", ENTRIES)
def test_every_way_of_asking_is_asked_by_a_case(spec: Spec) -> None:
    asked = {choose(spec, case) for case in cases(spec)}

    assert asked == {(route.field, route.name) for route in spec.routes}


def choose(spec: Spec, case: Case) -> tuple[Field, str]:
    known = inputs(Contact(**case.contact), case.email).keys()
    ways = (r for r in spec.routes if r.field.value == case.field and set(r.needs) <= known)
    return next((route.field, route.name) for route in ways)


@pytest.mark.parametrize("spec", ENTRIES)
def test_a_case_says_which_statement_of_the_vendor_it_plays(spec: Spec) -> None:
    silent = [path.name for path in case_paths(spec.slug) if not load(path).source.strip()]
    assert not silent, f"name the vendor's page as `source` of {silent}"


@pytest.mark.parametrize("spec", ENTRIES)
def test_an_entry_is_a_file_of_its_own_name_and_a_sensible_length(spec: Spec) -> None:
    assert source(spec).is_file()
    assert lines(spec) <= MOST_LINES


def test_half_of_the_real_vendors_have_short_files() -> None:
    """Hold the median of as many vendors as there were, the shortest: a new one with `MOST_LINES` never fails this."""
    found = sorted((lines(spec), spec.slug) for spec in SPECS if spec.mode is Mode.LIVE)

    assert statistics.median(length for length, _ in found[:COUNTED]) <= MEDIAN_LINES, f"shorten some of {found[9:]}"


def lines(spec: Spec) -> int:
    return len(source(spec).read_text().splitlines())


@pytest.mark.parametrize("spec", ENTRIES)
def test_slugs_are_words_for_variables_and_urls(spec: Spec) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", spec.slug)
    assert spec.title


@pytest.mark.parametrize("spec", ENTRIES)
def test_a_real_vendor_is_reached_by_https_and_a_made_up_one_is_never_closed(spec: Spec) -> None:
    if spec.mode is Mode.LIVE:
        assert spec.base_url.startswith("https://")
        assert not spec.base_url.endswith("/")
        assert spec.closes_for > 0
        paced = spec.limits or spec.at_once or all(route.limits or route.at_once for route in spec.routes)
        assert paced, "set limits or at_once: a vendor that documents neither gets a cautious at_once"
        assert spec.public_key is None
    else:
        assert (spec.base_url, spec.closes_for) == ("", 0)
        assert spec.public_key


def test_every_input_has_a_value_where_the_contact_has_everything() -> None:
    assert set(INPUTS) == KNOWN


@pytest.mark.parametrize("spec", ENTRIES)
def test_templates_use_only_inputs_that_exist(spec: Spec) -> None:
    for route in spec.routes:
        ticket = set(route.poll.ticket) if route.poll else set()
        assert set(route.needs) <= KNOWN
        assert places(route.request) <= USABLE
        if route.both:
            assert places(route.both) <= USABLE
        if route.poll and route.poll.request:
            assert places(route.poll.request) <= KNOWN | ticket
            assert ticket <= places(route.poll.request)


@pytest.mark.parametrize("spec", ENTRIES)
def test_a_vendor_that_posts_is_told_where_and_one_that_does_not_is_looked_at(spec: Spec) -> None:
    for route in spec.routes:
        posts = bool(route.poll and route.poll.callback)
        assert ("callback_url" in places(route.request)) == posts
        if route.poll:
            assert posts or route.poll.every is not None
            # A first task's ticket and the callback's would take each other's place.
            assert not (posts and route.before)


def places(request: RequestTemplate) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", f"{request.path}{request.query}{request.json}{request.form}"))


@pytest.mark.parametrize("spec", ENTRIES)
def test_ways_of_asking_are_named_uniquely_and_pairs_are_complete(spec: Spec) -> None:
    names = [(route.field, route.name) for route in spec.routes]
    assert len(names) == len(set(names))
    for route in spec.routes:
        if route.both:
            assert len(siblings(spec, route)) == len(FINDABLE)


def siblings(spec: Spec, route: Route) -> list[Route]:
    return [other for other in spec.routes if other.name == route.name]
