"""Service hosts: names below a company's domain of a machine, a part of the site, a country or a region."""

import re

from app.domain.contacts.public_suffix import registrable_domain

_MAIL = frozenset("mail webmail email smtp imap pop mx owa exchange autodiscover www web".split())  # noqa: SIM905
_SERVICES = """
about app apps blog career careers corp corporate docs events get go help helpdesk home hq info investor investors ir
job jobs karriere stellen empleo emplois lavoro rekrutering landing learn login lp m media mobile my news newsroom
pages portal press shop site status store support team try welcome apac asia emea europe global group intl
international latam ftp intranet sso vpn secure static cdn img assets api dev staging test community forum wiki crm
erp remote lists newsletter outlook
"""
SERVICES = _MAIL | frozenset(_SERVICES.split())
# A country, a language, or both.
_PLACE = re.compile("[a-z]{2}(?:-[a-z]{2})?|(?:mx|ns|www|web|mail|smtp)[0-9]")
_ACADEMIC = frozenset({"edu", "ac"})


def without_service(host: str) -> str:
    """Return the company's domain of a host that names a service, a country or a region of it; others as they are.

    Departments of universities keep their own, because two people of one name may be at two of them.

    Args:
        host: ASCII, in lower case.
    """
    registered = registrable_domain(host)
    if registered is None or host == registered:
        return host
    labels = host.removesuffix("." + registered).split(".")
    is_academic = not _ACADEMIC.isdisjoint(registered.split(".")[1:])
    known = _MAIL if is_academic else SERVICES
    words = [
        word for label in labels for word in ([label] if is_academic or _PLACE.fullmatch(label) else label.split("-"))
    ]
    are_known = all(word in known or (not is_academic and _PLACE.fullmatch(word)) for word in words)
    return registered if are_known else host
