"""Write the documents that are made from the code: `python -m docs.generate`, or `make docs`."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from prometheus_client.metrics import MetricWrapperBase

from app import metrics
from app.cli.main import COMMANDS
from app.cli.main import main as command_line
from app.domain.columns.headings import HEADINGS, Attribute
from app.domain.runs.file_reading import MEMBERS
from app.sandbox.magic import rows
from app.settings.reading import FIELDS, PARTS, RENAMED, described
from app.settings.settings import PREFIX
from docs.catalogue import providers_page
from scripts.write_api_documents import DOCUMENTS as OF_THE_API

ROOT = Path(__file__).parents[1]
# The settings that a first deployment asks for; docs/settings.md has all.
IMPORTANT = (
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HOST", "PORT", "DATA_DIR", "RATE_LIMIT", "CACHE_DAYS"),
    *("PROVIDER_TIMEOUT_SECONDS", "WEBHOOK_RETRY_DELAYS", "WEBHOOK_ALLOW_PRIVATE", "LOG_LEVEL"),
)
NOTE = "<!-- Written by `make docs` from {source}; edit that, not this. -->"

SETTINGS = """\
Settings are `LEADRUN_*` variables, read once when a process starts: of the environment, and of a file `.env` in the
working directory (or `--env-file PATH`, or `LEADRUN_ENV_FILE`, where an empty one means no file), one `NAME=value` a
line. The environment overrides the file. Nothing in the file is expanded or executed; names that do not begin with
`LEADRUN_` are ignored. A variable that begins with it and is none of these is refused, and all problems are reported at
once, before anything starts. `leadrun config` shows the settings in force and where each comes from, secrets masked;
while `leadrun up` runs on the data directory, those that it uses.
"""


class MarksError(LookupError):
    """A document lacks the marks between which a part is written."""


def documents() -> dict[str, str]:
    """Return every generated document: its path from the root of the repository, and its text.

    Raises:
        MarksError: When a document that is written in part has lost its marks.
    """
    readme = {
        "magic contacts": magic_contacts(),
        "settings": settings_table(f"{PREFIX}{name}" for name in IMPORTANT),
        "provider settings": provider_settings_table(),
        "commands": commands_table(),
    }
    return {
        "docs/settings.md": settings_page(),
        "docs/providers.md": providers_page(NOTE.format(source="`app/providers/catalog/`"), _table),
        **{f"docs/{name}": written() for name, written in OF_THE_API.items()},
        "docs/data.md": with_parts("docs/data.md", {"headings": headings_table()}),
        "docs/operations.md": with_parts("docs/operations.md", {"metrics": metrics_table()}),
        "README.md": with_parts("README.md", readme),
    }


def with_parts(path: str, parts: dict[str, str]) -> str:
    """Return a document with the parts between its marks replaced.

    Args:
        path: From the root of the repository.
        parts: Text by the name in the mark, ``<!-- generated: name -->`` up to ``<!-- end -->``.

    Raises:
        MarksError: When a mark is missing.
    """
    text = (ROOT / path).read_text()
    for name, part in parts.items():
        begin, end = f"<!-- generated: {name} -->", "<!-- end -->"
        found = re.search(f"{re.escape(begin)}.*?{re.escape(end)}", text, re.DOTALL)
        if not found:
            raise MarksError(f"{path} lacks the marks {begin} … {end}")
        text = text.replace(found[0], f"{begin}\n{part}{end}")
    return text


def settings_page() -> str:
    """Write every setting: variable, default, meaning."""
    return (
        f"# Settings\n\n{NOTE.format(source='`app/settings/settings.py`')}\n\n"
        f"{SETTINGS}\n"
        f"{settings_table(FIELDS)}\n"
        "## Of each provider\n\n"
        "`<SLUG>` is the name in [providers.md](providers.md) in capitals, with `_` for `-`.\n\n"
        f"{provider_settings_table()}"
        "\n## Old names\n\n"
        "These names of version 0.1 are read in this version only, with a warning.\n\n"
        f"{_table(('old', 'new'), [(f'`{old}`', f'`{new}`') for old, new in RENAMED.items()])}"
    )


def settings_table(variables: Iterable[str]) -> str:
    """Write a table of some settings."""
    fields = [(variable, FIELDS[variable]) for variable in variables]
    return _table(
        ("variable", "default", "meaning"),
        [(f"`{variable}`", _default(field.default), described(field).description or "") for variable, field in fields],
    )


def provider_settings_table() -> str:
    """Write the settings that each provider has."""
    return _table(
        ("variable", "default", "meaning"),
        [
            (f"`LEADRUN_PROVIDER_<SLUG>_{part}`", _default(field.default), described(field).description or "")
            for part, field in PARTS.items()
        ],
    )


def _default(value: object) -> str:
    match value:
        case None | ():
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{value:g}`"
        case tuple():
            return f"`{','.join(f'{part:g}' if isinstance(part, float) else str(part) for part in value)}`"
        case _:
            return f"`{value}`"


def magic_contacts() -> str:
    """Write the sandbox's magic contacts."""
    return _table(
        ("`firstName`", "`lastName`", "or `linkedInUrl`", "what happens"),
        [(row.first_name, row.last_name, f"`{row.linkedin_url}`", row.outcome) for row in rows()],
    )


_HOW = {Attribute.EMAIL: ", of an address", Attribute.LAST_NAME_PREFIX: ", in front of it"}


def headings_table() -> str:
    """Write the headings of files that are known, by the member of the contact that they fill."""
    return _table(
        ("member", "headings"),
        [
            (
                f"`{MEMBERS[attribute]}`{_HOW.get(attribute, '')}",
                ", ".join(heading for group in groups for heading in group),
            )
            for attribute, groups in HEADINGS.items()
        ],
    )


def commands_table() -> str:
    """Write the commands of the command line."""
    return _table(("command", "what it does"), list(_commands(command_line, "leadrun", COMMANDS)))


def _commands(group: click.Group, prefix: str, names: Iterable[str] | None = None) -> Iterable[tuple[str, str]]:
    context = click.Context(group)
    # Those of the client are in docs/clients.md.
    for name in names or group.list_commands(context):
        command = group.get_command(context, name) or group
        own = f"{prefix} {name}"
        if not isinstance(command, click.Group) or command.invoke_without_command:
            # A bar separates the columns of the table.
            pieces = command.collect_usage_pieces(click.Context(command))
            arguments = " ".join(
                piece for piece in pieces if not piece.startswith("[OPTIONS]") and "COMMAND" not in piece
            )
            shown = f"{own} {arguments}".strip().replace("|", "\\|")
            yield f"`{shown}`", command.get_short_help_str(limit=200)
        if isinstance(command, click.Group):
            yield from _commands(command, own)


def metrics_table() -> str:
    """Write every metric that the processes count."""
    found = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    lines = []
    for metric in found:
        described = next(iter(metric.describe()))
        name = f"{described.name}_total" if described.type == "counter" else described.name
        labels = ", ".join(metric._labelnames)  # noqa: SLF001 - the library has no public way to them
        lines.append((f"`{name}`", described.type, labels, described.documentation))
    return _table(("metric", "type", "labels", "meaning"), lines)


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = " | ".join("---" for _ in head)
    rows_of_text = [" | ".join(head), rule, *(" | ".join(line) for line in lines)]
    return "".join(f"| {line} |\n" for line in rows_of_text)


def write() -> list[str]:
    """Write what has changed; returns the paths."""
    changed = []
    for path, text in documents().items():
        file = ROOT / path
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            changed.append(path)
    return changed


if __name__ == "__main__":
    sys.stdout.write("".join(f"wrote {path}\n" for path in write()))
