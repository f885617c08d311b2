"""Find what a catalogue file remarks on prices, for the document of the providers."""

import io
import re
import tokenize

_ABOUT_MONEY = re.compile(r"\bUSD\b|\bEUR\b|\bprice|\bcredits?\b|\bcharge", re.IGNORECASE)


def money_remarks(source: str) -> list[str]:
    """Find what a catalogue file remarks on prices; remarks on neighbouring lines are one."""
    blocks: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        text, goes_on = token.string.lstrip("# ").rstrip(), token.line.lstrip().startswith("#")
        if goes_on and blocks and blocks[-1][0] == token.start[0]:
            text = f"{blocks.pop()[1]} {text}"
        # A remark at the end of a line of code is whole, so no line goes on with it.
        blocks.append((token.start[0] + 1 if goes_on else 0, text))
    return list(dict.fromkeys(_sentence(text) for _, text in blocks if _ABOUT_MONEY.search(text)))


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."
