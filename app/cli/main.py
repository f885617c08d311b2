"""The command line: its commands by purpose, each imported when it is called."""

from importlib import import_module

import click

# The order of the help and of the documents.
SECTIONS = {
    "Run": {
        "up": "app.cli.run:up_command",
        "serve": "app.cli.run:serve_command",
        "work": "app.cli.run:work_command",
        "migrate": "app.cli.run:migrate_command",
        "sandbox": "app.cli.run:sandbox_command",
    },
    "Accounts": {
        "keys": "app.cli.keys:keys_group",
        "credits": "app.cli.credits:credits_group",
        "plans": "app.cli.plans:plans_group",
    },
    "Providers and settings": {
        "providers": "app.cli.providers:providers_group",
        "config": "app.cli.config:config_command",
        "secrets": "app.cli.secrets:secrets_group",
    },
    "Development": {"listen": "app.cli.listen:listen_command"},
}
COMMANDS = {name: place for commands in SECTIONS.values() for name, place in commands.items()}


class SectionedGroup(click.Group):
    """A group that imports a command when it is called, and lists the commands by purpose."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Return a command; None when there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, section by section."""
        for section, names in SECTIONS.items():
            commands = ((name, self.get_command(ctx, name)) for name in names)
            with formatter.section(section):
                formatter.write_dl([(name, command.get_short_help_str(90)) for name, command in commands if command])


@click.group(cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadrun")
def main() -> None:
    """Self-hosted contact enrichment: one API over many e-mail and phone finders.

    Settings are LEADRUN_* variables, of the environment or of a file `.env` in the working directory.
    """


if __name__ == "__main__":
    main()
