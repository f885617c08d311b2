"""The document of the providers says of each what is asked, what is a hit, what it costs and what to set."""

import re

import pytest

from app.domain.vocabulary import Field
from app.providers.declaration.spec import Mode, Spec
from app.providers.setup.configured_provider import variable
from app.providers.setup.registry import load_specs
from docs.remarks import money_remarks
from tests.architecture.tree import text_of
from tests.rows import each_row

LIVE = [pytest.param(spec, id=spec.slug) for spec in load_specs() if spec.mode is Mode.LIVE]
SOURCE = """
PRICE = 1  # Small plan: 5 USD for 100
# The rest of this has
# nothing to do with money.
ROUTE = 2  # no remark on that
# No price is published:
# a guess
GUESS = 3
AGAIN = 4  # Small plan: 5 USD for 100
"""


def section(spec: Spec) -> str:
    pattern = rf"^## {re.escape(spec.title)}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, text_of("docs/providers.md"), re.MULTILINE | re.DOTALL)
    assert found, f"no section on {spec.title}; run `make docs`"
    return found[1]


@each_row("spec", LIVE)
def test_a_section_tells_what_an_operator_needs(spec: Spec) -> None:
    text = section(spec)

    for route in spec.routes:
        assert f"`{route.request.method} {route.request.path}`" in text
        assert " + ".join(f"`{need}`" for need in route.needs) in text
    for field in {route.field for route in spec.routes}:
        says = "verdict: " if field is Field.VERIFY else "hit: .* Not found: "
        assert re.search(rf"^- {field.value.capitalize()}.*, {says}", text, re.MULTILINE)
    assert f"`{variable(spec.slug, 'API_KEY')}`" in text
    assert (f"`{variable(spec.slug, 'API_SECRET')}`" in text) is ("{secret}" in repr(spec.auth))
    assert (f"`{variable(spec.slug, 'ROUTES')}`" in text) is any(route.optional for route in spec.routes)
    assert "\n- Limits: " in text
    assert "\n- On the prices: " in text, "its file does not say where the price comes from"


def test_links_of_the_overview_lead_to_sections() -> None:
    text = text_of("docs/providers.md")
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}

    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == anchors


def test_remarks_on_money_are_found_whole_and_once() -> None:
    assert money_remarks(SOURCE) == ["Small plan: 5 USD for 100.", "No price is published: a guess."]
