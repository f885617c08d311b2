"""What people send by mail is bounded: an account, which everybody may open, is no relay for mail to strangers."""

import msgspec

from app.redis.sliding_window import Limiter
from app.services import Services
from app.usecases.people.links import EntryLinks, LinkKind
from app.usecases.people.mailed_links import SENT_BY_PERSON, TO_MAILBOX, MailedLinks
from tests.play.mail_server import mail_server

JANE, MAX = "jane@acme.example", "max@acme.example"
LINK = "https://leads.acme.example/app/invite/secret"


async def test_a_person_sends_few_invitations_an_hour_and_the_others_are_shown(services: Services) -> None:
    with mail_server() as post:
        settings = msgspec.structs.replace(services.settings, smtp_url=post.url, mail_from="leadrun@acme.example")
        mailing = msgspec.structs.replace(services, settings=settings)
        limiter = Limiter(services.redis, name="test", monotonic=services.clock.monotonic)
        mail = MailedLinks(mailing, limiter, EntryLinks(mailing))
        for number in range(SENT_BY_PERSON.limit):
            handed = await mail.hand_over(f"{number}@acme.example", LINK, LinkKind.INVITE, by=JANE)
            assert handed.link == ""
        over = await mail.hand_over("one.more@acme.example", LINK, LinkKind.INVITE, by=JANE)
        assert (over.link, "too many mails" in over.failure) == (LINK, True)
        assert len(post.letters) == SENT_BY_PERSON.limit
        # Nor do several people fill one mailbox, however they write it.
        of_max = [await mail.hand_over(f"max+{n}@acme.example", LINK, LinkKind.INVITE, by=MAX) for n in range(5)]
        assert [one.link for one in of_max] == [""] * TO_MAILBOX.limit + [LINK]
        assert "max@acme.example invites you to leadrun" in post.letters[-1].get_content()
