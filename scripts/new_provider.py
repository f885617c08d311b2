"""Write the catalogue file, the first case and the first shapes of a new provider: `make provider NAME=acme`."""

import re
import sys
from pathlib import Path

import click

from app.cli.output import fail

ROOT = Path(__file__).parents[1]
CATALOGUE, CASES = Path("app/providers/catalog"), Path("tests/providers/cases")
SHAPES = Path("tests/providers/shapes")
FIRST_CASE = "01-found-valid.json"
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_OF_TEST_MODE = "sandbox-"

# Every word that an entry needs; docs/adding-a-provider.md lists the others.
ENTRY = '''\
"""TITLE: work e-mail, one POST (name the vendor's page here, with the version of the API)."""

from app.providers.declaration.spec import Auth, Finder, Limit, Spec, Values, get, on, post, usd

SPEC = Spec(
    slug="SLUG",
    title="TITLE",
    tier="T2",
    base_url="https://api.SLUG.example/v1",
    auth=Auth(headers={"Authorization": "Bearer {key}"}),
    email=Finder(
        ways=("domain",),
        request=post(
            "/find",
            {"first_name": "{first_name}", "last_name": "{last_name}", "domain": "{company_domain}"},
        ),
        # The first line that fits decides; an answer without a value is a miss, a 200 that no line fits is an error.
        verdicts=(
            on(200, "answer", "data", "object"),
            on(404, "miss"),
        ),
        values=Values(
            at=("data",),
            value=("email",),
            grade="status",
            grades={"valid": "valid", "catch_all": "risky", "invalid": "invalid"},
        ),
        price=usd(success="0.05"),  # name the plan that this list price is of
    ),
    limits=(Limit(calls=60, seconds=60),),
    balance=get("/account"),
    pools={"credits": "credits"},
)
'''
# The conformance test fails until `source` names the vendor's page.
CASE = """\
{
  "source": "",
  "contact": {
    "first_name": "Jane",
    "last_name": "Smith",
    "company_domain": "acme.example"
  },
  "field": "email",
  "exchanges": [
    {
      "request": {
        "method": "POST",
        "path": "/find",
        "headers": {
          "Authorization": "Bearer key-of-the-tests"
        },
        "json": {
          "first_name": "Jane",
          "last_name": "Smith",
          "domain": "acme.example"
        }
      },
      "response": {
        "json": {
          "data": {
            "email": "jane.smith@acme.example",
            "status": "valid"
          }
        }
      }
    }
  ],
  "expected": {
    "outcome": "hit",
    "value": "jane.smith@acme.example",
    "status": "valid",
    "costUsd": "0.05"
  }
}
"""
# Whom they name is the person of all shapes.
FIRST_SHAPES = """\
{"field": "email", "expected": "hit rita.case@acme.example valid", \
"body": {"data": {"email": "rita.case@acme.example", "status": "valid"}}}
{"field": "email", "expected": "miss", "body": {"data": {"email": null}}}
"""


class ScaffoldError(ValueError):
    """No provider of this name can be written here; the text says why."""


def scaffold(slug: str, root: Path) -> tuple[Path, Path, Path]:
    """Write the three files of a new provider; no file that exists is touched.

    Args:
        slug: Its name in settings and URLs: lower-case words joined by ``-``.
        root: Of the checkout.

    Returns:
        The catalogue file, the first case and the first shapes.

    Raises:
        ScaffoldError: When the name is none, or taken, or there is no checkout.
    """
    if not _SLUG.fullmatch(slug):
        raise ScaffoldError(
            f"{slug!r} is no name of a provider: lower-case letters and digits, a letter first, words joined by '-'"
        )
    if slug.startswith(_OF_TEST_MODE):
        raise ScaffoldError(f"names that begin with {_OF_TEST_MODE!r} are the sandbox's")
    entry = root / CATALOGUE / f"{slug.replace('-', '_')}.py"
    cases = root / CASES / slug
    shapes = root / SHAPES / f"{slug}.jsonl"
    for folder in (entry.parent, cases.parent, shapes.parent):
        if not folder.is_dir():
            raise ScaffoldError(f"{root} is no checkout of leadrun: it has no {folder.relative_to(root)}")
    for taken in (entry, cases, shapes):
        if taken.exists():
            raise ScaffoldError(f"{slug!r} exists already: {taken.relative_to(root)}")
    title = " ".join(word.capitalize() for word in slug.split("-"))
    with entry.open("x") as file:
        file.write(ENTRY.replace("TITLE", title).replace("SLUG", slug))
    cases.mkdir()
    case = cases / FIRST_CASE
    case.write_text(CASE)
    shapes.write_text(FIRST_SHAPES)
    return entry, case, shapes


@click.command()
@click.argument("name", default="")
def main(name: str) -> None:
    """Write the catalogue file, the first case and the first shapes of a new provider."""
    try:
        written = scaffold(name, ROOT)
    except ScaffoldError as error:
        sys.exit(fail(str(error)))
    for path in written:
        click.echo(f"wrote {path.relative_to(ROOT)}")
    click.echo("docs/adding-a-provider.md says how to fill them.")


if __name__ == "__main__":
    main()
