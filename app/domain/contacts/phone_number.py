"""Phone numbers: parse them to E.164, with the kind of line."""

import re
import string
import unicodedata
from urllib.parse import unquote

import msgspec
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from app.domain.contacts.contact import Contact, region_hints
from app.domain.contacts.text import INVISIBLE, normal_form

# libphonenumber reads no longer text.
_MAX_TEXT = 250
_MASK = re.compile(r"[*\u2022\u2026\u25cf]|[xX]{2,}|#{2,}|\.{3}")
# Words before an extension, in the languages of Europe and its neighbours, Indonesian, Vietnamese and Thai. Longer ones
# come before those that they begin with.
_WORDS = """
extension extensión extensao extensão exten extn ext p w durchwahl nebenstelle apparat klappe nst app dw kl
poste anexo anx ramal interior interno interne intern int r toestel tst anknytning ankn linje lokalnummer lokal
local loc lok wewnętrzny wewn wew klapka linka mellék mell dahili dah alanumero kućni kucni sambungan samb nhánh lẻ
добавочный доб внутренний внутр вн εσωτερικό εσωτ שלוחה تحويلة داخلي ต่อ
"""
# Signs before an extension, which need no blank.
_SIGNS = "x # 分機 分机 内線 内线 轉 转 내선"
# An extension in the notations of many countries, and of RFC 3966 (``;ext=``), perhaps with a remark behind it.
_EXTENSION = re.compile(
    rf"(?:(?<![^\W\d_])(?:{'|'.join(_WORDS.split())})|{'|'.join(_SIGNS.split())}"
    r"|[,;]{1,2}(?=\s*+\d{1,6}#?\Z))"
    rf"[\s.:=#]{{0,{_MAX_TEXT}}}+(?:n(?:[o°º.]|um|r)*+[\s.:]*+|№\s*+)?"
    r"(?P<digits>\d{1,7}+)[)\]#]?(?![\s().-]*+\d)\D*+\Z",
    re.IGNORECASE,
)
# One behind a word that the list lacks, or in brackets, where what stands in front of it is a whole number.
_ANY_EXTENSION = re.compile(
    r"(?P<number>\S.{6,}\d)[^\w+]*(?:[^\W\d_][^\d+]{0,40}|[(\[])(?P<digits>\d{1,6})\D*\Z", re.DOTALL
)
# Characters before an extension.
_BEFORE_EXTENSION = f"{string.whitespace}\u00a0,;:([|/-"
_REMARK = re.compile(
    rf"(?:\([^()\d]++\)|(?<![\s,;:–-])[\s,;:–-]++[^\W\d_][^\d+]{{0,{_MAX_TEXT}}}+)\Z"  # noqa: RUF001 - a dash
)
# What stands before a number: a word, a sign, the scheme of RFC 3966.
_LABEL = re.compile(r"\A[^\d+(]*(?=[\d+(])")
_CONTEXT = re.compile(r";\s*phone-context=(?P<prefix>\+?[\d.()-]+)[^;]*", re.IGNORECASE)
_SEVERAL = re.compile(r"[,;/|\n&]|\s(?:or|and|oder|und|ou|et|o|e|y|lub|или)\s|(?<=\d)[^\d+]+(?=\+)", re.IGNORECASE)
# What a spreadsheet writes behind a number that it took for one.
_DECIMALS = re.compile(r"(?<=\d{7})\.0+\Z")
_EXPONENT = re.compile(r"\d\.(?P<decimals>\d+)E\+?(?P<exponent>\d\d)", re.IGNORECASE)
# A trunk prefix, as of Russia: no country's code.
_TRUNK = re.compile(r"[02-689](?!\d)")
_LEAST_DIGITS = 7  # of a whole number, where several stand in one text

NANP_DIGITS = 10
_AMERICAN_GROUPS = re.compile(r"(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}")
_AMERICAN = frozenset(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1])

# libphonenumber cannot distinguish mobile from fixed for NANP numbers: those stay unknown.
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
# Directory assistance of each area in North America.
_DIRECTORY = re.compile(r"\+1\d{3}5551212")
# Kinds of line that a vendor names, and the types of number that contradict them.
_CONTRADICTIONS = {"mobile": PhoneNumberType.FIXED_LINE, "landline": PhoneNumberType.MOBILE}
# Forms of numbers that are out of use, and what came in their place: Mexico's mobile and trunk prefixes ended in 2019,
# Brazil's mobile numbers have had a ninth digit since 2016.
_OLD_FORMS = (
    (re.compile(r"\+52(?:1|01|044|045)(\d{10})"), r"+52\1"),
    (re.compile(r"\+55(\d\d)([689]\d{7})"), r"+55\g<1>9\2"),
    # Italy's fixed lines keep their zero abroad since 1998; many leave it out.
    (re.compile(r"\+39([124-9]\d{6,9})"), r"+390\1"),
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
        value: International, or national where the contact hints at a country. Of several numbers in it the first one
            counts that is of the kind that the vendor names, and no service's.
        contact: The contact, whose regions are tried.
        kind: The kind of line that the vendor names; a guessed country must agree with it.

    Returns:
        The number, or None when it is masked, not a number, or not in an assigned range.
    """
    text = normal_form("NFKC", INVISIBLE.sub("", value[: _MAX_TEXT + 1])).strip()
    if len(text) > _MAX_TEXT or _MASK.search(text):
        return None
    rounded = _EXPONENT.fullmatch(text)
    # With fewer digits behind the point, a spreadsheet has rounded it.
    is_whole = rounded is not None and len(rounded["decimals"]) >= int(rounded["exponent"])
    text = f"{float(text):.0f}" if is_whole else unquote(text)
    parts = _SEVERAL.split(_DECIMALS.sub("", text))
    whole = all(len(_digits(part)) >= _LEAST_DIGITS for part in parts)
    found = [number for part in (parts if whole else [text]) if (number := _read(part, contact, kind))]
    return min(found, key=lambda number: (number.service, bool(kind) and number.kind != kind), default=None)


def _read(text: str, contact: Contact, kind: str | None) -> Phone | None:
    """Parse one number, perhaps with an extension behind any word."""
    if (number := _parse(text, contact, kind)) or not (found := _ANY_EXTENSION.match(text)):
        return number
    if len(_digits(found["number"])) < _LEAST_DIGITS or not (number := _parse(found["number"], contact, kind)):
        return None
    extension = number.extension or _digits(found["digits"])
    return msgspec.structs.replace(number, extension=extension, kind="landline")


def _parse(text: str, contact: Contact, kind: str | None) -> Phone | None:
    """Parse one number."""
    if context := _CONTEXT.search(text):
        text = text[: context.start()] + text[context.end() :]
        text = _LABEL.sub(context["prefix"], text) if "+" not in text and "+" in context["prefix"] else text
    text = _LABEL.sub("", text)
    found = _EXTENSION.search(text)
    text = text[: found.start()].rstrip(_BEFORE_EXTENSION) if found else text
    if len(_digits(text)) >= _LEAST_DIGITS:
        text = _REMARK.sub("", text).rstrip()
    if "#" in text:
        return None
    extension = _digits(found["digits"]) if found else None
    for written, region in _readings(text, contact):
        number = _assigned(written, region)
        if number is None:
            continue
        extension = extension or number.extension
        of_number = phonenumbers.number_type(number)
        if region and of_number == _CONTRADICTIONS.get(kind or ""):
            continue
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        return Phone(
            e164=e164,
            kind="landline" if extension else _KINDS.get(of_number),
            service=of_number in SERVICES or _DIRECTORY.fullmatch(e164) is not None,
            extension=extension,
        )
    return None


def _digits(text: str) -> str:
    """Return the digits in a text, those of other scripts as ASCII."""
    return "".join(str(unicodedata.digit(character)) for character in text if character.isdecimal())


def _readings(text: str, contact: Contact) -> list[tuple[str, str | None]]:
    """List what a text may mean, the likeliest first: texts with the countries in which they are national numbers."""
    digits = _digits(text)
    if text.startswith(("+", "(+")):
        bare = digits.lstrip("0")  # some write the international prefix behind the plus
        trunk = [(text.replace("(0)", ""), None)] if "(0)" in text else []
        return [(text, None), *_renewed(f"+{digits}"), *([(f"+{bare}", None)] if bare != digits else []), *trunk]
    if text.startswith("00"):
        return [(f"+{text[2:]}", None), *_renewed(f"+{digits[2:]}")]
    # Vendors leave out the plus, or give national numbers; only North American numbers come without a country.
    readings: list[tuple[str, str | None]] = []
    for region in region_hints(contact):
        if region != contact.region and _is_american(text, region):
            return []  # which of the two countries is meant cannot be known
        readings.append((text, region))
        code = phonenumbers.country_code_for_region(region)
        readings += [(renewed, region) for renewed, _ in _renewed(f"+{code}{digits}")]
    plain = [(text, "US")] if len(digits) == NANP_DIGITS else [(f"+{digits}", None), *_renewed(f"+{digits}")]
    if _TRUNK.match(text):
        return readings
    abroad = [(f"+{digits[3:]}", None)] if digits.startswith("011") else []  # as North America dials other countries
    return readings + plain + abroad


def _is_american(text: str, region: str) -> bool:
    """Return whether a national number of a country may be one of North America as well, by its digits and groups."""
    if region in _AMERICAN or not _AMERICAN_GROUPS.fullmatch(text):
        return False
    return None not in (_assigned(text, "US"), _assigned(text, region))


def _renewed(number: str) -> list[tuple[str, str | None]]:
    """Give the present form of a number in an old one."""
    return [(form.sub(now, number), None) for form, now in _OLD_FORMS if form.fullmatch(number)]


def _assigned(written: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
