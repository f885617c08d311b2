"""`leadrun users`: make, invite and list people, and make links that set a new password."""

import sys
from typing import NamedTuple

import click

from app.cli.loading import installation_options, load, running
from app.cli.output import json_option, print_json, print_table
from app.cli.services import with_services
from app.domain.people.role import Role
from app.embedded.listen_address import url_of
from app.redis.sliding_window import Limiter
from app.services import Services
from app.settings.settings import Settings
from app.store.accounts import keys
from app.store.people import users
from app.usecases.people.links import EntryLinks, LinkKind, link_path
from app.usecases.people.mailed_links import HandedLink, MailedLinks
from app.usecases.people.manage_people import ManagePeople

MOST_SHOWN = 1000


@click.group("users")
def users_group() -> None:
    """Make, invite and list people of the app; make links that set a new password."""


@users_group.command("create")
@click.argument("email")
@click.option("--name", default="", help="Of the person.")
@click.option("--account", help="Name of an account to join; made if there is none.")
@click.option("--role", type=click.Choice([one.value for one in Role]), default="owner", show_default=True)
@click.option("--operator", is_flag=True, help="May operate the installation: accounts, users, health.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@json_option
@installation_options
def create(
    email: str, name: str, account: str | None, role: str, *, operator: bool, password_stdin: bool, as_json: bool
) -> None:
    """Make a person with a password."""
    asked = sys.stdin.readline().rstrip("\n") if password_stdin else None
    password = asked if asked is not None else click.prompt("Password", hide_input=True, confirmation_prompt=True)

    async def work(services: Services) -> str:
        made = await ManagePeople(services).create(
            email, password, name=name, account=account, role=Role(role), operator=operator
        )
        return str(made)

    made = with_services(work, as_json=as_json)
    if as_json:
        print_json({"id": made, "email": email})
    else:
        click.echo(f"{email} may sign in at {_address()}/app/login.")


@users_group.command("invite")
@click.argument("email")
@click.option("--account", help="Name of the account to join; made if there is none.")
@click.option("--role", type=click.Choice([one.value for one in Role]), default="member", show_default=True)
@click.option("--operator", is_flag=True, help="May operate the installation.")
@json_option
@installation_options
def invite(email: str, account: str | None, role: str, *, operator: bool, as_json: bool) -> None:
    """Make an invitation: a link that works once within 7 days; mailed, where a mail server is set."""
    if not account and not operator:
        raise click.UsageError("Name an account with --account, or make the person an operator with --operator.")

    async def work(services: Services) -> _MadeLink:
        account_id = None
        if account:
            async with services.write() as connection:
                account_id = await keys.add_account(connection, services.new_id(), account, services.now())
        links = EntryLinks(services)
        secret = await links.invite(
            email, account_id=account_id, role=Role(role) if account_id else None, operator=operator
        )
        return await _hand_over(services, links, email, LinkKind.INVITE, secret)

    _show_link(with_services(work, as_json=as_json), as_json=as_json)


@users_group.command("reset")
@click.argument("email")
@json_option
@installation_options
def reset(email: str, *, as_json: bool) -> None:
    """Make a link that sets a new password, once within 24 hours; mailed, where a mail server is set."""

    async def work(services: Services) -> _MadeLink:
        links = EntryLinks(services)
        return await _hand_over(services, links, email, LinkKind.RESET, await links.reset(email))

    _show_link(with_services(work, as_json=as_json), as_json=as_json)


@users_group.command("list")
@json_option
@installation_options
def show(*, as_json: bool) -> None:
    """List the people."""

    async def work(services: Services) -> list[dict[str, object]]:
        async with services.read() as connection:
            rows = await users.everyone(connection, MOST_SHOWN)
        return [
            {
                "email": row.email,
                "name": row.name,
                "accounts": row.accounts,
                "operator": row.operator,
                "disabled": row.disabled_at is not None,
                "lastUsedAt": row.last_used_at,
            }
            for row in rows
        ]

    lines = with_services(work, as_json=as_json)
    if as_json:
        print_json({"users": lines})
    else:
        print_table(("e-mail", "name", "accounts", "operator", "disabled", "last used"), [[*x.values()] for x in lines])


class _MadeLink(NamedTuple):
    """A link that was made, and whether it is on its way."""

    link: str
    handed: HandedLink
    can_mail: bool


async def _hand_over(services: Services, links: EntryLinks, email: str, kind: LinkKind, secret: str) -> _MadeLink:
    link = f"{_address()}{link_path(kind, secret)}"
    mail = MailedLinks(services, Limiter(services.redis, name="command", monotonic=services.clock.monotonic), links)
    return _MadeLink(link, await mail.hand_over(email, link, kind), mail.can_mail)


def _show_link(made: _MadeLink, *, as_json: bool) -> None:
    """Print the link in either case; what became of the mail is said apart, so that scripts read the link alone."""
    mailed = made.can_mail and not made.handed.link
    if as_json:
        print_json({"link": made.link, "mailed": mailed})
    else:
        click.echo(made.link)
    if mailed:
        click.echo(f"A mail with it is on its way to {made.handed.email}.", err=True)
    elif made.can_mail:
        click.echo(f"No mail has it: {made.handed.failure}.", err=True)


def _address() -> str:
    """Return where people reach the app: the public address, that of the running `leadrun up`, or of the settings."""
    loaded = load()
    found = running(loaded)
    return loaded.settings.public_url or (found.url if found else _own(loaded.settings))


def _own(settings: Settings) -> str:
    return url_of(settings.host, settings.port)
