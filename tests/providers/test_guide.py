"""The guide for new providers names every word, verdict, placeholder, way, grade and case key."""

import re
from typing import get_args

import msgspec
import pytest

from app.domain.waterfall.policy import INPUTS
from app.providers.declaration.finder import WAYS, Finder
from app.providers.declaration.polling import Poll
from app.providers.declaration.spec import Spec
from app.providers.declaration.values import Grade, Values
from app.providers.declaration.verdicts import Test, VerdictName
from scripts.new_provider import ENTRY
from tests.architecture.tree import ROOT
from tests.providers.kinds import OF_A_TICKET, OF_A_VENDOR
from tests.providers.replay import AccountCase, Answered, Case, Exchange, Expected, Sent

GUIDE = (ROOT / "docs/adding-a-provider.md").read_text()
TERMS = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", GUIDE, flags=re.DOTALL)))


def fields(*kinds: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for kind in kinds for field in msgspec.structs.fields(kind)}


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(fields(Spec), id="provider"),
        pytest.param(fields(Finder), id="finder"),
        pytest.param(fields(Poll), id="poll"),
        pytest.param(fields(Values), id="values"),
        pytest.param(set(get_args(VerdictName)), id="verdicts"),
        pytest.param(set(get_args(Test)), id="tests"),
        pytest.param(set(get_args(Grade)) | {"None"}, id="grades"),
        pytest.param(set(WAYS), id="ways"),
        pytest.param({f"{{{name}}}" for name in (*INPUTS, "company", "key", "secret", "token")}, id="placeholders"),
        pytest.param(fields(Case, Exchange, Sent, Answered, Expected, AccountCase), id="case keys"),
    ],
)
def test_the_guide_names_every_word(words: set[str]) -> None:
    assert words - TERMS == set()


def test_the_guide_gives_each_way_its_inputs() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|$", GUIDE, re.MULTILINE))

    assert {way: tuple(re.findall(r"\w+", rows[way])) for way in WAYS} == WAYS


def test_the_guide_names_every_kind_of_case() -> None:
    text = " ".join(GUIDE.split())

    assert [kind for kind in OF_A_VENDOR | OF_A_TICKET if kind.replace("-", " ") not in text] == []


def test_the_guide_ends_with_the_file_that_the_command_writes() -> None:
    assert GUIDE.endswith(f"```python\n{ENTRY.replace('TITLE', 'Acme').replace('SLUG', 'acme')}```\n")
