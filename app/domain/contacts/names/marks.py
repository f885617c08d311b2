"""Remove what stands in a name field without being a name: brackets, quotes, pronouns, symbols, addresses."""

import re
import unicodedata

from app.domain.contacts.names.words import ENGLISH_PRONOUNS, PARTICLES, PRONOUNS, REMARKS

# Letters, blanks, apostrophes and hyphens alone: nothing to remove, which is so for most names.
_PLAIN = re.compile(r"[^\W\d_]+(?:[ '\u2019-][^\W\d_]+)*")
_OPENING = "([{<\uff08\u3010\u300c\u300e\u300a\u3008\uff3b"
_CLOSING = ")]}>\uff09\u3011\u300d\u300f\u300b\u3009\uff3d"
_BRACKETS = re.compile(f"[{re.escape(_OPENING + _CLOSING)}]")
_QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u301d\u301e\u301f'
_QUOTED = re.compile(f"[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}]")
_SINGLE_QUOTED = re.compile("(?<!\\S)['\u2018\u201a`\u00b4][^'\u2018\u2019`\u00b4]+['\u2018\u2019`\u00b4](?=[\\s,;]|$)")
_ENGLISH, _PRONOUN = "|".join(ENGLISH_PRONOUNS), "|".join(PRONOUNS | ENGLISH_PRONOUNS)
# Between slashes or bullets in any language; between blanks, commas and hyphens the English ones in small letters.
_PRONOUNS = re.compile(
    rf"(?<!\w)(?:{_PRONOUN})(?:\s*[/|\\\u00b7\u2022\u30fb]\s*(?:{_PRONOUN}))+(?!\w)"
    rf"|(?<!\S)(?-i:(?:{_ENGLISH})(?:(?:,\s*|-|\s)(?:{_ENGLISH}))+)(?!\S)",
    re.IGNORECASE,
)
# What LinkedIn writes around a name on its pages.
_OF_LINKEDIN = re.compile(
    r"^(?:status is (?:reachable|online|offline|away) |view (?=.*(?:profile|photo)))"
    r"|['\u2019]s? (?:verified )?(?:profile|photo)\b.*|,? (?:is (?:open to work|hiring|verified|reachable|online)\b"
    r"|has a (?:premium|verified) account|(?:on|via) linkedin\b|(?:1st|2nd|3rd\+?) degree connection).*",
    re.IGNORECASE,
)
# Names of a directory: CN=Rita Moss/OU=Sales/O=Acme, and in short Rita Moss/Sales/Acme.
_OF_DIRECTORY = re.compile(r"^CN=([^/,]+)[/,].*|^(\w\S* [^/]*\w)/\w[^/ ]*/\S+$", re.IGNORECASE)
# Hebrew writes its abbreviations with the mark of a quote.
_GERSHAYIM = re.compile('(?<=[\u05d0-\u05ea])["\u201d](?=[\u05d0-\u05ea])')
# A degree that was typed with blanks behind its dots.
_SPACED_DEGREE = re.compile(r"(?<![\w.])(Ph|M|B|D|LL|Ed|Psy)\.\s+(?=(?:D|Sc|A|Phil|Eng|Ed|M|B)\b\.?(?:\s*(?:[,;|]|$)))")
_GLUED = ("dr.", "prof.", "mr.", "mrs.", "ms.", "dipl.", "ing.", "univ.", "mag.", "lic.")
# Endings for women: Mag.a, Dr.in, Avv.ssa, Prof.ra.
_OF_WOMEN = re.compile("(mag|dr|prof|dott|sig|ing|dipl|avv|arch)\\.(?:a|\u00aa|in|innen|ssa|na|ra)", re.IGNORECASE)
_ARROW = re.compile(r"\s(?:>+|//+|[-=]>)\s")
_SEPARATOR = re.compile(
    r"[|\u2022\u2219\u25cf\u25aa\u25ba\u25b8\u2192\u2023\u2015\u2502\u00a6\u2190-\u21ff\u2605\u2606\u2714\u2713\u2705\u2794-\u27be]|\s(?:[\u2013\u2014/:@~\u2012\u00b7\\]|--+|::)\s"
)
# What stands behind these small words is a company: Rita Moss at Acme.
_AT = re.compile(r"(?<!\S)((?>\S*?\w)\S*+ \S*+(?<=\w)) (?:at|bei|chez) .*")
# Of two people with one last name the first is meant: John & Jane Smith.
_COUPLE = re.compile(r"^([^\W\d_]{3,}) (?:&|and|und|et|en|e) [^\W\d_]{3,} (?=[^\W\d_]{2,}$)")
# A name in place of initials, as Dutch lists write it: P. (Peter) van Dijk.
_CALLED = re.compile(r"(?<!\S)(?:[^\W\d_]\. ?)+\(([^\W\d_]{2,}(?:-[^\W\d_]+)?)\)")
# An account's name: rita.moss.
_DOTTED = re.compile(r"(?:[^\W\d_]|[^\W\d_]{3,})(?:\.[^\W\d_]{2,})+")
# A picture behind a first and a last name; a remark follows it.
_PICTURE = re.compile(
    "(?<=\\w)\\s*[\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\u200d\u2600-\u27bf\U0001f300-\U0001faff]*\\s*(?=\\w)"
)
_NAMES = re.compile(r"(?<!\S)[^\W\d_]\S*")
# Two people in one cell, of whom the first is meant.
_OTHER_PERSON = re.compile(r"^(\w[^\W_]+ [^\W_]+) ?(?:[/&;]|(?<= )(?:and|und|et)(?= )) ?[^\W_]+ [^\W_]+$")
_DASH = re.compile(r"(?<!\s)\s+-\s+|\s-(?=\w)|(?<=\w)-\s")
_COMMA = re.compile("[,;\uff0c\u3001\u060c\ufe50\uff1b]")
_DROPPED = frozenset({"So", "Sk", "Sm", "Sc", "Me", "Co", "Cn", "Cs"})
_KEPT = "`\u00b4\u2212"  # apostrophes and a hyphen


def is_plain(text: str) -> bool:
    """Return whether a text has letters, blanks, apostrophes and hyphens alone, and no company behind the name."""
    is_of_letters = _PLAIN.fullmatch(text) is not None
    return is_of_letters and not any(
        around.search(text) for around in (_AT, _COUPLE, _OTHER_PERSON, _PRONOUNS, _OF_LINKEDIN)
    )


def without_marks(text: str) -> str:
    """Remove nicknames, pronouns, addresses and symbols from a name.

    Where nothing else is left, what stands in brackets or quotes is the name.
    """
    text = _GERSHAYIM.sub("\u05f4", _PRONOUNS.sub(" ", _OF_LINKEDIN.sub("", text))).strip()
    text = _OF_DIRECTORY.sub(lambda found: found[1] or found[2], text)
    text = text.replace(".", ". ") if _DOTTED.fullmatch(text) else _CALLED.sub(r"\1", text)
    text = _PICTURE.sub(lambda found: " | " if len(_NAMES.findall(text, 0, found.start())) > 1 else " ", text)
    text = _OTHER_PERSON.sub(r"\1", _COUPLE.sub(r"\1 ", _AT.sub(r"\1", text)))
    words = (_unglued(word) for word in _ARROW.sub(" | ", text).split() if not _is_address(word))
    bare = " ".join(words)
    bare = _SPACED_DEGREE.sub(r"\1.", bare)
    shorn = _without_brackets(_SINGLE_QUOTED.sub(" ", _QUOTED.sub(" ", bare)))
    if not any(map(str.isalpha, shorn)):
        shorn = _BRACKETS.sub(" ", bare)
        shorn = shorn.strip("'\u2018\u2019 ") if _SINGLE_QUOTED.fullmatch(shorn.strip()) else shorn
    return "".join(_shown(character) for character in shorn)


def _unglued(word: str) -> str:
    """Separate titles that were typed without blanks, as in Dr.med.dent., and leave out the ending of Dr.in."""
    if ending := _OF_WOMEN.fullmatch(word):
        return f"{ending[1]}."
    return word.replace(".", ". ") if "-" not in word and word.lower().startswith(_GLUED) else word


def _is_address(word: str) -> bool:
    """Return whether a word is an e-mail address, a URL, a hashtag or an account's name."""
    return "@" in word[1:-1] or "://" in word or word[:4].lower() == "www." or (word[0] in "@#" and len(word) > 1)


def _shown(character: str) -> str:
    if character in _QUOTES or character == "_":
        return " "
    if character.isalnum() or character in _KEPT or character in "|~" or _SEPARATOR.match(character):
        return character
    return " " if unicodedata.category(character) in _DROPPED else character


def _without_brackets(text: str) -> str:
    """Remove brackets with their content; one that is never closed ends the text."""
    if not _BRACKETS.search(text):
        return text
    kept: list[str] = []
    depth = 0
    for character in text:
        if character in _OPENING:
            depth += 1
            kept.append(" ")
        elif character in _CLOSING:
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(character)
    return "".join(kept)


def pieces_of(text: str) -> list[str]:
    """Split a name without marks at bars, dashes and commas.

    Returns:
        The parts between commas of the first part that is no remark about work.
    """
    segments = [
        segment for part in _SEPARATOR.split(text) if (segment := part.strip(" -\u2013\u2014")) and _letters(segment)
    ]
    if not segments:
        return []
    chosen = next((segment for segment in segments if not is_remark(segment)), segments[0])
    head, *tails = _DASH.split(chosen)
    if _COMMA.search(head):
        tails = []  # Moss, Rita - Acme
    for tail in tails:
        # One word behind a hyphen with a blank is the other half of a double name.
        is_name = len(tail.split()) == 1 or tail.split()[0] in PARTICLES
        if not is_name or is_remark(tail) or tail.isupper() != head.isupper():
            break
        head = f"{head}-{tail}"
    return [piece for part in _COMMA.split(head) if _letters(piece := part.strip())]


def is_remark(text: str) -> bool:
    """Return whether a text has a word about work, so that it is no name."""
    return any(word.strip(".!:+").casefold() in REMARKS for word in text.split())


def _letters(text: str) -> bool:
    return any(map(str.isalpha, text))
