"""Phone numbers: parse them to E.164, with the kind of line."""

import re
import string

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from app.domain.contacts.contact import Contact, region_hints
from app.domain.contacts.text import INVISIBLE

# libphonenumber reads no longer text.
_MAX_TEXT = 250
_MASK = re.compile(r"[*\u2022\u2026\u25cf]|[xX]{2,}|#{2,}|\.{3}")
# An extension in the notations of many countries, and of RFC 3966 (``;ext=``), perhaps with a remark in brackets.
_EXTENSION = re.compile(
    r"(?:(?<![^\W\d_])(?:extension|extn|ext|poste|durchwahl|dw|ramal|anexo|interno|int|toestel|wewn|dahili|klappe)"
    r"|x|#|доб|分機|分机|内線)[\s.:=]*(?P<digits>\d{1,7})\)?\s*(?:\([^()]*\))?\Z",
    re.IGNORECASE,
)
# Characters before an extension.
_BEFORE_EXTENSION = f"{string.whitespace}\u00a0,;("
_REMARK = re.compile(r"\([^()\d]+\)\Z")

NANP_DIGITS = 10

# libphonenumber cannot tell mobile from fixed for NANP numbers: those stay unknown.
_KINDS = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.VOIP: "voip",
}
# Lines of companies and services, never of one person.
SERVICES = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
        PhoneNumberType.VOICEMAIL,
    }
)
# Kinds of line that a vendor names, and the types of number that contradict them.
_CONTRADICTIONS = {"mobile": PhoneNumberType.FIXED_LINE, "landline": PhoneNumberType.MOBILE}
# Forms of numbers that are out of use, and what came in their place: Mexico's mobile and trunk prefixes ended in 2019,
# Brazil's mobile numbers have had a ninth digit since 2016.
_OLD_FORMS = (
    (re.compile(r"\+52(?:1|01|044|045)(\d{10})"), r"+52\1"),
    (re.compile(r"\+55(\d\d)([689]\d{7})"), r"+55\g<1>9\2"),
)


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """An assigned number.

    Attributes:
        e164: Its E.164 form, without the extension.
        kind: ``mobile``, ``landline``, ``voip`` or None.
        service: It is toll-free, premium-rate or the like, so that it is nobody's own.
        extension: Digits behind a switchboard's number, if there are any.
    """

    e164: str
    kind: str | None
    service: bool = False
    extension: str | None = None


def parse_phone(value: str, contact: Contact, kind: str | None = None) -> Phone | None:
    """Parse a vendor's number with the contact's hints.

    Args:
        value: International, or national where the contact hints at a country.
        contact: The contact, whose regions are tried.
        kind: The kind of line that the vendor names; a guessed country must agree with it.

    Returns:
        The number, or None when it is masked, not a number, or not in an assigned range.
    """
    text = INVISIBLE.sub("", value).strip()
    text = text[4:].strip() if text[:4].lower() == "tel:" else text
    if len(text) > _MAX_TEXT or _MASK.search(text):
        return None
    found = _EXTENSION.search(text)
    text = _REMARK.sub("", text[: found.start()].rstrip(_BEFORE_EXTENSION) if found else text).rstrip()
    if "#" in text:
        return None
    extension = found["digits"] if found else None
    for written, region in _readings(text, contact):
        number = _assigned(written, region)
        if number is None:
            continue
        extension = extension or number.extension
        of_number = phonenumbers.number_type(number)
        if region and of_number == _CONTRADICTIONS.get(kind or ""):
            continue
        return Phone(
            e164=phonenumbers.format_number(number, PhoneNumberFormat.E164),
            kind="landline" if extension else _KINDS.get(of_number),
            service=of_number in SERVICES,
            extension=extension,
        )
    return None


def _readings(text: str, contact: Contact) -> list[tuple[str, str | None]]:
    """List what a text may mean, the likeliest first: texts with the countries in which they are national numbers."""
    digits = re.sub(r"\D", "", text)
    if text.startswith(("+", "(+", "\uff0b")):
        return [(text, None), *_renewed(f"+{digits}")]
    if text.startswith("00"):
        return [(f"+{text[2:]}", None), *_renewed(f"+{digits[2:]}")]
    # Vendors leave out the plus, or give national numbers; only North American numbers come without a country.
    readings: list[tuple[str, str | None]] = []
    for region in region_hints(contact):
        readings.append((text, region))
        code = phonenumbers.country_code_for_region(region)
        readings += [(renewed, region) for renewed, _ in _renewed(f"+{code}{digits}")]
    plain = [(text, "US")] if len(digits) == NANP_DIGITS else [(f"+{digits}", None), *_renewed(f"+{digits}")]
    return readings + plain


def _renewed(number: str) -> list[tuple[str, str | None]]:
    """Give the present form of a number in an old one."""
    return [(form.sub(now, number), None) for form, now in _OLD_FORMS if form.fullmatch(number)]


def _assigned(written: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
