"""Every file of the repository keeps the rules; and every rule notices who does not."""

import pytest

from tests.architecture import rules
from tests.architecture.rules import Rule
from tests.architecture.tree import ROOT, files, text_of


def _exists(path: str) -> bool:
    return (ROOT / path).exists()


RULES: list[Rule] = [
    rules.short_enough,
    rules.says_what_it_answers_for,
    rules.reads_annotations_at_run_time,
    rules.named_after_a_job,
    rules.knows_no_machine,
    rules.links_lead_somewhere(_exists),
]
NAMES = [getattr(rule, "__name__", "") if rule in vars(rules).values() else "links_lead_somewhere" for rule in RULES]
LONG = '"""A module."""\n' + "x = 1\n" * rules.LONGEST


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    wrong = [f"{name} {problem}" for name in files() for problem in rule(name, text_of(name))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        pytest.param(rules.short_enough, "app/x.py", LONG, id="a long module"),
        pytest.param(rules.short_enough, "app/store/runs/x.py", LONG + LONG, id="a long module of the store"),
        pytest.param(rules.short_enough, "app/providers/catalog/x.py", LONG[:1000], id="a long catalogue entry"),
        pytest.param(rules.says_what_it_answers_for, "app/x.py", "x = 1\n", id="no docstring"),
        pytest.param(rules.says_what_it_answers_for, "app/x.py", '"""words"""\n', id="no sentence"),
        pytest.param(
            rules.reads_annotations_at_run_time, "x.py", "from __future__ import annotations\n", id="__future__"
        ),
        pytest.param(
            rules.reads_annotations_at_run_time, "x.py", "if typing.TYPE_CHECKING:\n    import x\n", id="TYPE_CHECKING"
        ),
        pytest.param(rules.named_after_a_job, "app/store/sql_helpers.py", "", id="a drawer"),
        pytest.param(rules.knows_no_machine, "x.md", "see /home/jane/notes", id="somebody's home"),
        pytest.param(rules.knows_no_machine, "x.cfg", "index = https://pypi.corp.example/simple", id="a registry"),
        pytest.param(rules.links_lead_somewhere(_exists), "docs/x.md", "[a](../NOWHERE.md)", id="a dead link"),
        pytest.param(rules.links_lead_somewhere(_exists), "app/x.py", "# as NOWHERE.md says", id="a dead reference"),
    ],
)
def test_a_file_that_breaks_a_rule_is_noticed(rule: Rule, name: str, text: str) -> None:
    assert list(rule(name, text))


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        pytest.param(rules.short_enough, "migrations/versions/0001_x.py", LONG, id="a migration may be long"),
        pytest.param(rules.short_enough, "app/store/runs/x.py", LONG, id="a module of the store may be longer"),
        pytest.param(
            rules.knows_no_machine, "Dockerfile", "RUN python -m venv /opt/leadrun", id="the image's own path"
        ),
        pytest.param(rules.links_lead_somewhere(_exists), "docs/x.md", "[a](../LICENSE)", id="a living link"),
    ],
)
def test_a_file_that_keeps_a_rule_is_left_alone(rule: Rule, name: str, text: str) -> None:
    assert not list(rule(name, text))


def test_nothing_that_tools_or_people_leave_lying_about_is_in_the_repository() -> None:
    ignored = set((ROOT / ".gitignore").read_text().splitlines())
    assert {".venv/", ".leadrun/", "__pycache__/", ".env", ".env.providers", "node_modules/", "dist/"} <= ignored
    left = [name for name in files() if name.startswith((".venv/", ".leadrun/", ".env", ".idea/", ".vscode/"))]
    left += [name for name in files() if name.endswith((".pyc", ".log", ".orig", ".rej", ".swp", "~", ".DS_Store"))]
    assert not left
