"""Send mail: short letters in plain text, through the server that the settings name."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

import aiosmtplib
import msgspec
import structlog

from app.metrics import MAILS
from app.settings.settings import Settings
from app.settings.smtp import SmtpUrl

TIMEOUT_SECONDS = 10.0
# Answers from here on will not change (RFC 5321, section 4.2.1).
PERMANENT = 500
# No line is folded that a reader copies; this is the most that a line may have (RFC 5322, section 2.1.1).
_POLICY = SMTP.clone(max_line_length=998)

log = structlog.get_logger()


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to one person; `kind` names it in metrics."""

    kind: str
    to: str
    subject: str
    text: str


class MailError(Exception):
    """A letter was not taken; its text says so to people, and what to do."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence."""
        super().__init__(sentence)
        self.sentence = sentence


async def send(settings: Settings, letter: Letter) -> None:
    """Hand a letter to the mail server.

    Raises:
        MailError: The server cannot be reached, or does not take it.
    """
    try:
        await _hand_over(settings, letter)
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        code = _code(error)
        # The text of an answer may repeat the address.
        log.warning("mail.failed", kind=letter.kind, error=type(error).__name__, code=code)
        MAILS.labels(letter.kind, "failed").inc()
        if isinstance(error, ValueError) or (isinstance(error, aiosmtplib.SMTPRecipientsRefused) and code >= PERMANENT):
            raise MailError("The mail server refused this address. Check how it is written") from None
        raise MailError("The mail could not be sent just now. Try again in a few minutes") from None
    MAILS.labels(letter.kind, "sent").inc()


async def _hand_over(settings: Settings, letter: Letter) -> None:
    url = SmtpUrl.parse(settings.smtp_url or "")
    sender = settings.mail_from or ""
    message = EmailMessage(policy=_POLICY)
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    # No out-of-office note answers it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    await aiosmtplib.send(
        message,
        sender=sender,
        recipients=[letter.to],
        hostname=url.host,
        port=url.port,
        username=url.user,
        password=url.password,
        use_tls=url.tls,
        start_tls=_start_tls(url),
        timeout=TIMEOUT_SECONDS,
    )


def _code(error: Exception) -> int:
    """Return the code of the server's answer; 0 where it gave none."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0


def _start_tls(url: SmtpUrl) -> bool | None:
    """Return whether STARTTLS must be, must not be, or is taken where it is offered (None)."""
    return False if url.tls else True if url.password else None
