"""The command `leadrun`: the client's commands, and the server's where that is installed as well."""

from importlib import import_module
from importlib.metadata import entry_points

import click

from leadrun_cli import COMMANDS, SECTIONS

SERVER = "leadrun.server"


class ClientGroup(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the same
        """Return a command; None when there is none of this name."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the same
        """Write the commands, section by section."""
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])


def load(name: str) -> click.Command:
    """Import a command of the client."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    command: click.Command = getattr(import_module(f"leadrun_cli.{module}"), attribute)
    return command


@click.group(cls=ClientGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadrun-client")
def client() -> None:
    """Find work e-mail addresses and phone numbers.

    `leadrun login` keeps URL and key; LEADRUN_API_KEY and LEADRUN_URL go before. Exit status: 0 done, 1 an error, 2 a
    wrong command, 3 nothing found, 130 interrupted.
    """


def main() -> None:
    """Run the server's command, which has these commands too, or else the client's alone."""
    for server in entry_points(group=SERVER):
        server.load()()
    client()


if __name__ == "__main__":
    client()
