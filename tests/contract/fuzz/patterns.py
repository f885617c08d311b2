r"""Texts that the fuzzer draws, as patterns: whatever matches one is accepted.

The dialect is what ECMA-262, Python and Rust have in common: no flags, no named groups, `\uXXXX` below U+10000.
"""

from app.domain.contacts.text import BLANK

_UNSEEN = BLANK.replace(r"\u0000", r"\u0001", 1)
_REST = r"[^\u0000]*"


def any_case(text: str) -> str:
    """Spell a text so that it matches in upper and lower case alike."""
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else f"\\{c}" if c == "." else c for c in text)


# Without an x, of which several in a row are a mask.
ADDRESS = r"^[a-wA-W][a-w0-9]{0,9}(?:[._-][a-w0-9]{1,9})?@[a-w]{2,10}\.example$"
# PostgreSQL holds every character but this one.
NO_NUL = rf"^{_REST}$"
NOT_BLANK = rf"^{_REST}[^{BLANK}]{_REST}$"
_IS_BLANK = rf"[{_UNSEEN}]*"
BLANK_OR_EMPTY = f"^{_IS_BLANK}$"

# Letters that UTS 46 maps to letters that IDNA 2008 allows anywhere in a label, and that read from left to right:
# Latin, Greek and Cyrillic, kana, and some of the unified ideographs and of Hangul, the first and the last among them:
# Hypothesis looks at each letter of a class on its own, so that all 32 000 of them took most of the fuzzer's time.
_LETTERS = (
    r"\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u013e\u0141-\u02af\u0391-\u03a1\u03a3-\u03c9\u0400-\u0481\u048a-\u052f"
    r"\u3041-\u3096\u30a1-\u30fa\u4e00-\u4e3f\u4f8b\u9fc0-\u9fff\uac00-\uac3f\ud764-\ud7a3"
)


def _label(characters: str, most: int) -> str:
    return f"[{characters}](?:-?[{characters}]){{0,{most}}}"


# Bounded so that a label keeps to 63 characters in punycode, and all of them to 253.
_SHORT, _LONG, _WIDE = _label("0-9A-Za-z", 14), _label("0-9A-Za-z", 30), _label(f"0-9A-Za-z{_LETTERS}", 9)
# A long word of ASCII with one or two other letters in it.
_ACCENTED = rf"[0-9A-Za-z]{{0,14}}[{_LETTERS}][0-9A-Za-z]{{0,10}}[{_LETTERS}]?[0-9A-Za-z]{{0,14}}"
_NAMES = rf"(?:(?:(?:{_LONG}|{_WIDE}|{_ACCENTED})\.){{1,3}}|(?:{_SHORT}\.){{4,7}})"
_SUFFIX = rf"(?:[A-Za-z]{{2,24}}|[{_LETTERS}]{{2,8}})"
_SCHEME = rf"(?:{any_case('http')}[Ss]?:)?//"
_USER = r"[0-9A-Za-z._%+'~-]{1,64}@"
_DOMAIN = rf"(?:{_SCHEME})?(?:{_USER})?{_NAMES}{_SUFFIX}\.?(?::[0-9]{{0,5}})?(?:{_IS_BLANK}|[/?#]{_REST})"
# A bare domain, a URL or an e-mail address.
DOMAIN = rf"^{_IS_BLANK}{_DOMAIN}$"
DOMAIN_OR_BLANK = rf"^{_IS_BLANK}(?:{_DOMAIN})?$"

# Of a slug: what needs no escape, and escaped letters and emoji in UTF-8.
_SLUG = (
    r"(?:[0-9A-Za-z_\u00c0-\u024f\u0410-\u044f\u4e00-\u4e3f\u9fc0-\u9fff-]|%[Cc][3-9][%][89ABab][0-9A-Fa-f]"
    r"|%[Dd]0%[9ABab][0-9A-Fa-f]|%[Dd]1%8[0-9A-Fa-f]|%[Ee][4-9]%[Bb][89A-Fa-f]%[89ABab][0-9A-Fa-f]"
    r"|%[Ff]0%9[Ff]%[89ABab][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]){3,60}"
)
_LINKEDIN = (
    rf"(?:{_SCHEME})?(?:[0-9A-Za-z-]{{1,63}}\.){{0,2}}{any_case('linkedin.com')}(?::[0-9]{{1,5}})?"
    rf"/(?:{any_case('in')}/{_SLUG}|{any_case('pub')}/{_SLUG}(?:/[0-9A-Za-z]{{1,3}}){{3}})(?:{_IS_BLANK}|[/?#]{_REST})"
)
LINKEDIN_OR_BLANK = rf"^{_IS_BLANK}(?:{_LINKEDIN})?$"

# An address or a network of IPv4.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
NETWORK = rf"^(?:{_OCTET}\.){{3}}{_OCTET}(?:/(?:3[0-2]|[12]?[0-9]))?$"

# Host names that everybody may have: those without a dot, of private networks and of special use are judged one by one.
_SPECIAL = (
    "arpa",
    "corp",
    "goog",
    "home",
    "internal",
    "intranet",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "svc",
)
_PUBLIC_SUFFIX = rf"(?!(?:{'|'.join(map(any_case, _SPECIAL))})(?:[.:/?]|$))[A-Za-z]{{2,24}}"
# Of the ports that HTTP is served at, those that are nothing else's.
_PORT = r":(?:80|443|3000|4000|5000|80[0-9]{2}|8443|8888|9000|[345][0-9]{4})"
_RECEIVER = (
    rf"{any_case('http')}[Ss]?://(?:{_SHORT}\.){{1,7}}{_PUBLIC_SUFFIX}\.?(?:{_PORT})?"
    r'(?:[/?][!"$-\[\]-~\u00c0-\u024f]*)?'
)
RECEIVER = f"^{_RECEIVER}$"
RECEIVER_OR_EMPTY = f"^(?:{_RECEIVER})?$"

# URL-safe base64 of a version (1) and 16 bytes.
CURSOR = "^A[Q-Za-f][0-9A-Za-z_-]{20}[AEIMQUYcgkosw048]$"

_LEAP = "(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29"
_DAY = (
    "[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_OFFSET = "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
# RFC 3339, section 5.6, without leap seconds.
_CLOCK = rf"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,9}})?{_OFFSET}"
TIME = rf"^(?:{_LEAP}|{_DAY}){_CLOCK}$"
FUTURE = rf"^[3-9][0-9]{{3}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8]){_CLOCK}$"

# As it is, or as a structured field's string (RFC 9651, section 3.3.3).
IDEMPOTENCY_KEY = r'^(?:[!#-~]|[!#-~][!-~ ]*[!-~]|"(?:[ !#-\[\]-~]|\\["\\])+")$'
