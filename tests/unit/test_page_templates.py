"""The app's templates are those that the process began with."""

from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError

from app.web.frame.templates import Templates


def test_c17_an_upgrade_below_a_running_process_changes_no_page(tmp_path: Path) -> None:
    page, part = tmp_path / "home" / "home.html", tmp_path / "layout" / "part.html"
    for path, text in ((page, '{{ known }}{% include "layout/part.html" %}'), (part, " of before")):
        path.parent.mkdir()
        path.write_text(text)
    templates = Templates(tmp_path, known="a page")
    page.write_text("{{ what_only_newer_code_knows }}")
    part.unlink()
    assert templates.render("home/home.html") == b"a page of before"


def test_a7_all_templates_are_compiled_ahead_unless_the_process_is_ending(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("good")
    (tmp_path / "b.html").write_text("{% if %}")
    templates = Templates(tmp_path)
    templates.compile_ahead(lambda: True)
    with pytest.raises(TemplateSyntaxError):
        templates.compile_ahead(lambda: False)
