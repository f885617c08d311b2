"""Phone numbers of answers, with the country that the answer names."""

import phonenumbers
from phonenumbers import PhoneNumberFormat


def with_country(number: object, country: object) -> str | None:
    """Write a number with its country's code.

    Args:
        number: International or national, as a text or a JSON number.
        country: ISO 3166 alpha-2, or the country's calling code with or without a plus.

    Returns:
        The number in E.164; None where either says nothing, or the two do not fit.
    """
    text, land = ("" if isinstance(part, bool) else str(part or "").strip() for part in (number, country))
    if text.startswith("+"):
        return text
    code = land.lstrip("+")
    region = phonenumbers.region_code_for_country_code(int(code)) if code.isdecimal() else code.upper()
    try:
        read = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(read, PhoneNumberFormat.E164) if phonenumbers.is_valid_number(read) else None


def with_extension(number: object, extension: object) -> object:
    """Write the extension of a switchboard behind its number, as RFC 3966 does; without either, leave it as it is."""
    digits = str(extension)
    return f"{number};ext={digits}" if isinstance(number, str) and number and digits.isdecimal() else number
