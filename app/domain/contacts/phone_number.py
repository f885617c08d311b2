"""Phone numbers: parse them to E.164, with the kind of line."""

import re

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from app.domain.contacts.contact import Contact, region_hints

_MASK = re.compile(r"[*\u2022\u2026\u25cf#]|[xX]{2,}|\.{3}")

NANP_DIGITS = 10

# libphonenumber cannot tell mobile from fixed for NANP numbers: those stay unknown.
_KINDS = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "landline",
    PhoneNumberType.VOIP: "voip",
}


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """An assigned number: E.164 form, and ``mobile``, ``landline``, ``voip`` or None."""

    e164: str
    kind: str | None


def parse_phone(value: str, contact: Contact) -> Phone | None:
    """Parse a vendor's number with the contact's hints.

    Args:
        value: International, or national where the contact hints at a country.
        contact: The contact, whose regions are tried.

    Returns:
        The number, or None when it is masked, not a number, or not in an assigned range.
    """
    text = value.strip()
    if _MASK.search(text):
        return None
    digits = re.sub(r"\D", "", text)
    if text.startswith("+"):
        readings: list[tuple[str, str | None]] = [(text, None)]
    elif text.startswith("00"):
        readings = [(f"+{text[2:]}", None)]
    else:
        # Vendors leave out the plus, or give national numbers; only North American numbers come without a country.
        readings = [(text, region) for region in region_hints(contact)]
        readings += [(text, "US")] if len(digits) == NANP_DIGITS else [(f"+{digits}", None)]
    for written, region in readings:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            kind = _KINDS.get(phonenumbers.number_type(number))
            return Phone(e164=phonenumbers.format_number(number, PhoneNumberFormat.E164), kind=kind)
    return None
