"""The command line: its commands by purpose, each imported when it is called."""

import errno
import os
import sys
from importlib import import_module

import click

from app.cli.output import fail
from app.settings.foreign import drop_foreign

# The order of the help and of the documents. The module's name and attribute, and the first line of its help: the help
# of all commands is shown without importing them.
SECTIONS = {
    "Run": {
        "up": ("run:up_command", "Run everything: databases, migrations, API, worker and sandbox; Ctrl-C ends it all."),
        "serve": ("run:serve_command", "Run one API process."),
        "work": ("run:work_command", "Run one worker process: cascades, deliveries and recovery."),
        "migrate": ("run:migrate_command", "Bring the database to the newest schema; safe to repeat and to run twice."),
        "sandbox": ("run:sandbox_command", "Run the sandbox: made-up providers for test-mode keys."),
    },
    "Accounts": {
        "keys": ("keys:keys_group", "Make, list, rotate and revoke API keys."),
        "endpoints": ("endpoints:endpoints_group", "List and remove webhook endpoints, with the keys that made them."),
        "credits": ("credits:credits_group", "Show or add credits."),
        "users": (
            "people.users:users_group",
            "Make, invite and list people of the app; make links that set a new password.",
        ),
        "accounts": ("people.accounts:accounts_group", "List accounts; suspend and resume them."),
        "audit": ("people.audit:audit_command", "Show who did what when, the newest first."),
        "plans": ("plans:plans_group", "Show or set what a plan costs and which results it refunds."),
        "waterfalls": (
            "spend.waterfalls:waterfalls_group",
            "Show, set, remove or simulate waterfalls: the providers to ask, their order, and the answers to accept.",
        ),
        "quotes": (
            "spend.quote_stats:quotes_command",
            "Show how many quoted lists cost and found what their quote said; nine of ten should.",
        ),
        "caps": ("spend.caps:caps_group", "Show, set or remove caps on what may be spent."),
    },
    "Providers and settings": {
        "providers": (
            "providers:providers_group",
            "Show the providers: keys, prices, limits, why one is unused.",
        ),
        "config": ("config:config_command", "Show the settings in force and where each comes from, secrets masked."),
        "secrets": ("secrets:secrets_group", "Encrypt webhook secrets with another LEADRUN_SECRET_KEY."),
    },
    "Development": {
        "listen": ("listen:listen_command", "Receive webhooks for development: show each and verify its signature."),
    },
}
_REMEDIES = {
    errno.ENOSPC: "free some space, then start again",
    errno.EDQUOT: "free some space, or raise the quota, then start again",
    errno.EROFS: "choose a directory that can be written, such as with --data-dir",
    errno.EACCES: "give this account the permission, or choose another directory",
    errno.EPERM: "give this account the permission, or choose another directory",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}
COMMANDS = {name: command for commands in SECTIONS.values() for name, command in commands.items()}


def client_sections() -> dict[str, dict[str, tuple[str, str]]]:
    """Return the commands of the Python client, which is a distribution of its own; none where it is not installed."""
    try:
        sections: dict[str, dict[str, tuple[str, str]]] = import_module("leadrun_cli").SECTIONS
    except ModuleNotFoundError:
        return {}
    return sections


class SectionedGroup(click.Group):
    """A group that imports a command when it is called, and lists the commands by purpose."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a disk that is full, or files that may not be used, end it with one sentence and status 1."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            if error.errno not in _REMEDIES:
                raise
            where = f" {error.filename}" if error.filename else ""
            sys.exit(fail(f"{error.strerror or 'failed'}:{where or ' the disk'}; {_REMEDIES[error.errno]}"))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the help."""
        return [*COMMANDS, *(name for commands in client_sections().values() for name in commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Return a command; None when there is none of this name."""
        if cmd_name not in COMMANDS:
            clients = any(cmd_name in commands for commands in client_sections().values())
            return import_module("leadrun_cli.main").load(cmd_name) if clients else None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"app.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """Write the commands, section by section."""
        for section, commands in (SECTIONS | client_sections()).items():
            with formatter.section(section):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])


@click.group(cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadrun")
def main() -> None:
    """Self-hosted contact enrichment: one API over many e-mail and phone finders.

    Settings are LEADRUN_* variables, of the environment or of a file `.env` in the working directory.
    """
    drop_foreign(os.environ)


if __name__ == "__main__":
    main()
