"""E-mail addresses: check that an address is a person's work address."""

import re

from email_validator import EmailNotValidError, validate_email

# Role accounts of RFC 2142 and of common use; compared with the local part without digits and separators.
_ROLES = """
abuse accounting accounts admin administrator administrativo billing bonjour career careers commercial compta
comercial contact contacto contactus contabilidad datenschutz dpo einkauf enquiries enquiry facturacion ftp hallo
hello help helpdesk hi hiring hola hostmaster hr info infos information inquiries inquiry invoice invoices jobs
kontakt kundenservice legal mail mailerdaemon marketing media news newsletter noc noreply donotreply office orders
postmaster presse press privacy recruiting recruitment reception reservations root rh sales security service
services staff support team usenet uucp vendas vente ventas verkauf webmaster welcome www
"""
ROLES = frozenset(_ROLES.split())

# Mail services that private people use; an address there is not a work address.
_PRIVATE_DOMAINS = """
126.com 163.com aim.com aol.com bluewin.ch comcast.net fastmail.com free.fr gmail.com gmx.at gmx.ch gmx.com gmx.de
gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it icloud.com
laposte.net libero.it live.co.uk live.com live.fr mac.com mail.com mail.ru me.com msn.com naver.com orange.fr
outlook.com outlook.de outlook.fr pm.me proton.me protonmail.com qq.com rediffmail.com rocketmail.com sbcglobal.net
seznam.cz sfr.fr t-online.de tutanota.com verizon.net wanadoo.fr web.de wp.pl yahoo.co.in yahoo.co.jp yahoo.co.uk
yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru ymail.com zoho.com
"""
PRIVATE_DOMAINS = frozenset(_PRIVATE_DOMAINS.split())

_MASK = re.compile(r"[*\u2022\u2026\u25cf]|\.{3}|x{4,}|#{2,}")
_SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})


def address_flaw(value: str, company_domain: str | None, *, elsewhere: bool = False) -> tuple[str | None, str]:
    """Return why an address is not a hit, and its normal form.

    Args:
        value: The vendor's text.
        company_domain: Of the contact, in its normal form, if known.
        elsewhere: It may be at another domain than the company's.

    Returns:
        The reason in words (None when it may be a hit) and the normalised address.
    """
    text = value.strip().removeprefix("mailto:")
    if _MASK.search(text):
        return "the address is masked", text
    try:
        parsed = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return "not the syntax of an e-mail address", text
    address = parsed.ascii_email or parsed.normalized
    local, domain = address.rsplit("@", 1)
    domain = domain.lower()
    if re.sub(r"[^a-z]", "", local.lower()) in ROLES:
        return "a role address, not a person's", address
    if domain in PRIVATE_DOMAINS and domain != company_domain:
        return "a private address, not a work address", address
    if company_domain and not elsewhere and not same_company(domain, company_domain):
        return "an address at another company's domain", address
    return None, f"{local.lower()}@{domain}"


def same_company(domain: str, wanted: str) -> bool:
    """Return whether two domains plausibly belong to one company.

    One is the other or below it, or both have the same name below their public suffix (``acme.example`` and
    ``mail.acme.co.uk``), because companies write from the domain of another country or from a sub-domain.
    """
    return (
        domain == wanted
        or domain.endswith(f".{wanted}")
        or wanted.endswith(f".{domain}")
        or _organisation(domain) == _organisation(wanted)
    )


def _organisation(domain: str) -> str:
    labels = domain.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels = labels[:-1]
    return labels[-1] if labels else domain
