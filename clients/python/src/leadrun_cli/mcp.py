"""`leadrun mcp`: the look-ups as tools of an assistant."""

from importlib import import_module

import click

from leadrun.errors import ConfigurationError
from leadrun_cli import profiles
from leadrun_cli.output import fails
from leadrun_cli.profiles import profile_option


@click.command("mcp")
@profile_option
@fails
def mcp_command() -> None:
    """Serve look-ups to an assistant over standard input and output (Model Context Protocol).

    Assistants start this themselves: name it in their settings with LEADRUN_URL and LEADRUN_API_KEY, or log in before.
    """
    url, key, _ = profiles.credentials()
    try:
        stdio = import_module("leadrun_mcp.stdio")
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"The package {error.name} is missing: install leadrun-client[mcp], such as with "
            "`pip install 'leadrun-client[mcp]'`."
        ) from error
    stdio.serve(key, url)
