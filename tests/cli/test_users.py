"""`leadrun users` with a mail server: what is mailed, and what is printed in either case."""

import json
from collections.abc import Iterator

import pytest
import structlog
from click.testing import CliRunner, Result

from app.cli.main import main
from app.settings.settings import Settings
from tests.play.mail_server import MailServer, mail_server

EMAIL, ORIGIN = "max@acme.example", "https://leads.acme.example"


def _leadrun(settings: Settings, post: MailServer | None, *arguments: str) -> Result:
    environ = {"LEADRUN_DATABASE_URL": settings.database_url, "LEADRUN_REDIS_URL": settings.redis_url}
    environ |= {"LEADRUN_PUBLIC_URL": ORIGIN}
    if post:
        environ |= {"LEADRUN_SMTP_URL": post.url, "LEADRUN_MAIL_FROM": "leadrun@acme.example"}
    return CliRunner().invoke(main, ["users", *arguments], env=environ)


@pytest.fixture
def logs_as_a_process_begins() -> Iterator[None]:
    """A command finds nothing configured, where the tests have configured their own."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("logs_as_a_process_begins")
def test_invitations_and_resets_are_mailed_and_their_links_printed(settings: Settings) -> None:
    invite = ("invite", EMAIL, "--account", "acme")
    with mail_server() as post:
        for arguments in (invite, ("reset", EMAIL)):
            done = _leadrun(settings, post, *arguments)
            assert (done.exit_code, done.stderr) == (0, f"A mail with it is on its way to {EMAIL}.\n")
            assert done.stdout == f"{ORIGIN}{post.links(EMAIL)[0]}\n"
            _make(settings)
        assert "The operator of this installation invites you" in post.letters[0].get_content()
        post.answer = "451 Later"
        failed = _leadrun(settings, post, *invite)
        assert (failed.exit_code, failed.stdout.startswith(f"{ORIGIN}/app/invite/")) == (0, True)
        assert "No mail has it: The mail could not be sent just now" in failed.stderr
        assert json.loads(_leadrun(settings, post, *invite, "--json").stdout)["mailed"] is False
    unset = _leadrun(settings, None, *invite)
    assert (unset.exit_code, unset.stderr, unset.stdout.startswith(ORIGIN)) == (0, "", True)


def _make(settings: Settings) -> None:
    """Make the person who is invited, so that they may be reset."""
    environ = {"LEADRUN_DATABASE_URL": settings.database_url, "LEADRUN_REDIS_URL": settings.redis_url}
    create = ["users", "create", EMAIL, "--account", "acme", "--password-stdin"]
    CliRunner().invoke(main, create, env=environ, input="a long enough password\n")
