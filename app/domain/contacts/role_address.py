"""Role addresses: mailboxes of a function, not of a person (RFC 2142 and common use)."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

# Compared with the whole local part without separators, and with each of its words.
_ROLES = """
abuse accounting accounts accountspayable accountsreceivable accueil achats acquisti admin administracion
administratie administration administrator administrativo admissions alert alerts amministrazione assistenza
atencion atendimento autoreply bewerbung billing boekhouding bonjour booking bookings bounce bounces buchhaltung
career careers clientes commercial compta comptabilite comercial compliance compras contact contacto contactus
contabilidad customer customercare customers customerservice customersupport dataprotection datenschutz donotreply
dontreply dpo einkauf empfang enquiries enquiry events facturacion facturation faktura feedback finance financeiro
frontdesk ftp gdpr hallo hello help helpdesk hi hiring hola hostmaster hr info infos information inkoop inquiries
inquiry investors invoice invoices ir it jobs klantenservice kontakt kundenservice legal mail mailerdaemon
marketing media news newsletter noc noreply notifications office operations orders partners partnerships payable
payables payroll personalabteilung postmaster pr presse press privacy procurement purchasing reception recepcion
receptie receivable receivables rechnung rechnungen recrutement recruiting recruitment reservations root rrhh sales
salesteam security segreteria sekretariat service services soporte staff subscribe suporte support supportteam team
ufficio unsubscribe usenet uucp vendas vendite vente ventas verkauf verkoop vertrieb verwaltung webmaster
webteam welcome www zentrale
"""
ROLES = frozenset(_ROLES.split())

# Words that narrow a role down to a place or a part of the company.
_QUALIFIERS = """
africa amea americas apac asia at au benelux br ca central ch cn corp dach de department dept desk dk east emea en es eu
europe fi fr global group hq ie in int international intl it jp latam line local mail mena mx nl no nordics north nz
online people pl pt reply se sg south team uk us usa web west world za
"""
QUALIFIERS = frozenset(_QUALIFIERS.split())
_SHORT = 2  # a role of two letters counts next to qualifiers only, as it may be initials


def is_role(local: str, names: Iterable[str]) -> bool:
    """Return whether a local part is of a function; a word of the person's own name never makes it one.

    Args:
        local: The part before the @; what follows a plus sign does not count (RFC 5233).
        names: The person's names, as far as they are known.
    """
    words = re.findall("[a-z]+", local.lower().partition("+")[0])
    own = {word for name in names for word in re.findall("[a-z]+", _plain(name))}
    if {word for word in own if len(word) > 1} & set(words):
        return False
    if words and all(len(word) == 1 for word in words) and len(words) > 1:
        # Initials, unless they are known not to be this person's.
        return bool(own) and not set(words) <= {word[0] for word in own} and "".join(words) in ROLES
    joined = "".join(words)
    if joined in ROLES or any(_is_qualified(joined, word) for word in ROLES):
        return True
    rest = [word for word in words if word not in ROLES]
    if len(rest) < len(words) and all(word in QUALIFIERS for word in rest):
        return True
    pairs = {first + second for first, second in pairwise(words)}
    roles = [word for word in words if word in ROLES and len(word) > _SHORT]
    # Without a name, a role as the last word may be a surname, such as Jobs.
    return bool(pairs & ROLES) or (bool(roles) and (bool(own) or words[0] in roles))


def _is_qualified(text: str, role: str) -> bool:
    """Return whether a text is a role with a qualifier and nothing between them, such as ``infouk``."""
    return len(role) > _SHORT and text.startswith(role) and text[len(role) :] in QUALIFIERS


def _plain(name: str) -> str:
    """Fold case and accents."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
