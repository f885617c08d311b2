"""Log-in by an identity provider: who is let in, joined to whom, and who stays out."""

import pytest

from app.domain.people.identity import IdentityError, IdentityFault
from app.domain.people.role import Role
from app.usecases.people.links import LinkKind, link_path
from tests.play.identity_provider import PlayedProvider
from tests.web.provider_log_in import begin, enter_by, finish, known_person, new_email, provider_sign_in
from tests.web.stack import PASSWORD, Stack, token_of


async def test_a_known_address_is_joined_once_and_its_subject_enters_from_then_on(
    site: Stack, idp: PlayedProvider
) -> None:
    email = new_email(site)
    account = await known_person(site, email)
    idp.person(email, email=email.upper(), email_verified=True, name="Jane Smith")
    async with site.client() as before, site.client() as client, site.client() as again:
        login = {"email": email, "password": PASSWORD, "csrf": token_of((await before.get("/app/login")).text)}
        await before.post("/app/login", data=login)
        assert await enter_by(client, idp, email, "/app/login?next=/app/runs%3Fx=1") == "/app/runs?x=1"
        assert account in (await client.get("/app")).text
        # Somebody else may have set the password or have begun a session, by an invitation that was not theirs.
        assert (await before.get("/app")).status_code == 303
        login["csrf"] = token_of((await before.get("/app/login")).text)
        assert "do not fit" in (await before.post("/app/login", data=login)).text
        # From now on the subject counts, whatever becomes of the address.
        idp.person(email, email="other@acme.example", email_verified=False)
        assert await enter_by(again, idp, email) == "/app"
        assert email in (await again.get("/app")).text
    noted = site.door.sql("SELECT action, actor, detail FROM audit_entries WHERE actor = %s ORDER BY id", email)
    assert [action for action, _, _ in noted] == [
        "person.signed-in", "person.identity-joined", "person.signed-in", "person.signed-in"
    ]  # fmt: skip
    assert noted[-1][2] == {"with": "identity provider"}


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {},
        {"email_verified": 1},
        {"email_verified": ["true"]},
        {"email_verified": True, "email": ["EMAIL"]},
        {"email_verified": True, "email": "no address"},
        {"email_verified": True, "email": "jane\0@acme.example"},
        # Small letters of the Kelvin sign and of a dotted capital I begin with ASCII ones.
        {"email_verified": True, "email": "KELVIN"},
    ],
)
async def test_an_address_that_is_not_verified_proves_nobody(
    site: Stack, idp: PlayedProvider, claims: dict[str, object]
) -> None:
    email = f"k{new_email(site)}"
    await known_person(site, email)
    told = {"email": email, **claims}
    if told["email"] == "KELVIN":
        told["email"] = email.replace("k", "\N{KELVIN SIGN}", 1)
    idp.person(email, **told)
    with pytest.raises(IdentityError) as stopped:
        await finish(provider_sign_in(site), idp, email)
    assert stopped.value.fault is IdentityFault.UNVERIFIED
    assert site.door.sql("SELECT count(*) FROM user_identities WHERE subject = %s", email) == [(0,)]


async def test_a_new_person_comes_as_the_sign_up_mode_says(site: Stack, idp: PlayedProvider) -> None:
    account = site.name()
    await known_person(site, new_email(site))
    owner = await site.person(account=account)
    (account_id,) = site.door.sql("SELECT id FROM accounts WHERE name = %s", account)[0]
    for mode in ("off", "invite"):
        email = new_email(site)
        idp.person(email, email=email, email_verified=True, name="<b>New One</b>")
        with pytest.raises(IdentityError) as stopped:
            await finish(provider_sign_in(site, signup=mode), idp, email)
        assert stopped.value.sentence("Acme").startswith(f"Nobody has invited {email} here. Ask an owner")
        await site.links.invite(email, account_id=account_id, role=Role.VIEWER)
        await finish(provider_sign_in(site, signup=mode), idp, email)
        own = site.door.sql(
            "SELECT name, role FROM users JOIN memberships ON user_id = id WHERE email = %s AND account_id = %s",
            email,
            account_id,
        )
        assert own == [("<b>New One</b>", "viewer")]
    async with site.client(owner) as client:
        assert "&lt;b&gt;New One" in (await client.get("/app/settings/members")).text
    email = new_email(site)
    idp.person(email, email=email, email_verified="true")
    # Where everybody may come, an invitation that a stranger made leads nowhere unless it is followed.
    await site.links.invite(email, account_id=account_id, role=Role.OWNER)
    await finish(provider_sign_in(site, signup="open"), idp, email)
    wanted = (
        "SELECT name, balance FROM accounts JOIN memberships ON account_id = accounts.id JOIN users u ON user_id = u.id"
    )
    assert site.door.sql(f"{wanted} WHERE email = %s".replace("SELECT name", "SELECT accounts.name"), email) == [
        (email, 50)
    ]
    for other, fault in (
        (email.replace("@", "+x@"), IdentityFault.KNOWN_MAILBOX),
        ("jane@mailinator.com", IdentityFault.DISPOSABLE),
    ):
        idp.person(other, email=other, email_verified=True)
        with pytest.raises(IdentityError) as stopped:
            await finish(provider_sign_in(site, signup="open"), idp, other)
        assert stopped.value.fault is fault
        assert site.door.sql("SELECT count(*) FROM users WHERE email = %s", other) == [(0,)]


async def test_an_invitation_is_followed_by_the_provider(site: Stack, idp: PlayedProvider) -> None:
    first, second = (await site.person()).account, (await site.person()).account
    ids = [site.door.sql("SELECT id FROM accounts WHERE name = %s", name)[0][0] for name in (first, second)]
    email = new_email(site)
    idp.person(email, email=email, email_verified=True)
    idp.person("stranger", email=new_email(site), email_verified=True)
    path = link_path(LinkKind.INVITE, await site.links.invite(email, account_id=ids[0], role=Role.MEMBER))
    async with site.client() as client:
        wrong = await client.get(idp.confirm(await begin(client, path), "stranger"))
        assert (wrong.status_code, "for another address" in wrong.text) == (422, True)
        assert await enter_by(client, idp, email, path) == "/app"
        assert first in (await client.get("/app")).text
        assert (await client.get(path)).status_code == 410
    # A person without a password is asked for the provider's proof: a stranger with the link sets no password.
    path = link_path(LinkKind.INVITE, await site.links.invite(email, account_id=ids[1], role=Role.OWNER))
    async with site.client() as client:
        page = (await client.get(path)).text
        assert "You have no password here: Acme proves that it is you" in page
        assert "New password" not in page
        sent = {"csrf": token_of(page), "password": PASSWORD, "again": PASSWORD}
        assert "do not fit" in (await client.post(path, data=sent)).text
        url = await begin(client, path)
        site.door.sql("UPDATE entry_links SET used_at = now() WHERE email = %s", email)
        assert (await client.get(idp.confirm(url, email))).status_code == 410
    assert site.door.sql("SELECT password_hash FROM users WHERE email = %s", email) == [(None,)]


async def test_a_person_who_is_locked_out_stays_out_and_members_of_a_suspended_account_read_why(
    site: Stack, idp: PlayedProvider
) -> None:
    email = new_email(site)
    account = await known_person(site, email)
    idp.person(email, email=email, email_verified=True)
    async with site.client() as client:
        for _ in range(2):
            site.door.sql("UPDATE users SET disabled_at = now() WHERE email = %s", email)
            stopped = await client.get(idp.confirm(await begin(client), email))
            assert (stopped.status_code, "locked out of this installation" in stopped.text) == (422, True)
            site.door.sql("UPDATE users SET disabled_at = NULL WHERE email = %s", email)
            await enter_by(client, idp, email)
            client.cookies.clear()
        site.door.sql("UPDATE accounts SET suspended_at = now(), suspension = 'unpaid' WHERE name = %s", account)
        await enter_by(client, idp, email)
        assert "unpaid" in (await client.get("/app")).text
