"""Characters: what is sent keeps its typography, and nothing that cannot be seen."""

# ruff: noqa: RUF001 - letters in other fonts

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.contacts.text import MAX_MARKS, clean_text, clean_words, fold_accents, normal_form
from tests.rows import each_row

PERSIAN = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"
HINDI = "\u0930\u093e\u0915\u094d\u200d\u0937\u0938"


@each_row(
    ("text", "clean"),
    [
        pytest.param("Kess\u00adler", "Kessler", id="soft hyphen"),
        pytest.param("Ri\u200bta", "Rita", id="zero-width space"),
        pytest.param("Ri\u200cta", "Rita", id="non-joiner in Latin"),
        pytest.param("Ri\u200dta", "Rita", id="joiner in Latin"),
        pytest.param("Ri\ufeffta", "Rita", id="byte order mark"),
        pytest.param("Ri\u2060ta", "Rita", id="word joiner"),
        pytest.param("\u202eRita\u202c", "Rita", id="direction"),
        pytest.param("\u2066Rita\u2069", "Rita", id="isolate"),
        pytest.param("Rita\u200e", "Rita", id="left-to-right mark"),
        pytest.param("Rita\u061c", "Rita", id="Arabic letter mark"),
        pytest.param("Ri\u034fta", "Rita", id="grapheme joiner"),
        pytest.param("Rita\ufe0f", "Rita", id="variation selector"),
        pytest.param("葛\U000e0100城", "葛城", id="variation of an ideograph"),
        pytest.param("Ri\u3164ta", "Rita", id="Hangul filler"),
        pytest.param("Rita\u00a0Moss", "Rita Moss", id="no-break space"),
        pytest.param("Rita\u2003\u3000Moss", "Rita Moss", id="wide blanks"),
        pytest.param("Rita\tMoss\r\n", "Rita Moss", id="controls"),
        pytest.param("Rita\u0007Moss", "Rita Moss", id="bell"),
        pytest.param("Rita\u2028Moss", "Rita Moss", id="line separator"),
        pytest.param("Rita\u2800Moss", "Rita Moss", id="Braille blank"),
        pytest.param(PERSIAN, PERSIAN, id="a non-joiner that Persian needs"),
        pytest.param(f"{PERSIAN}\u200c", PERSIAN, id="a non-joiner at the end"),
        pytest.param(HINDI, HINDI, id="a joiner that Hindi needs"),
        pytest.param("Jose\u0301", "José", id="composed"),
        pytest.param("M\u00aa José", "M\u00aa José", id="ordinal"),
        pytest.param("O\u2019Brian", "O\u2019Brian", id="apostrophe"),
        pytest.param("\uff32\uff49\uff54\uff41", "Rita", id="wide letters"),
        pytest.param("\U0001d411\U0001d422\U0001d42d\U0001d41a", "Rita", id="bold letters"),
        pytest.param("Gri\ufb03n", "Griffin", id="ligature"),
        pytest.param("\uff94\uff8f\uff80\uff9e", "ヤマダ", id="narrow kana"),
        pytest.param("\u200b\u00ad", None, id="nothing to see"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_words_are_cleaned(text: str | None, clean: str | None) -> None:
    assert clean_words(text) == clean


def test_what_programs_escaped_or_mangled_is_read_as_it_was_meant() -> None:
    meant = {
        "O&#39;Neill": "O'Neill",
        "O&#x27;Neill": "O'Neill",
        "O&amp;#39;Neill": "O'Neill",
        "M&uuml;ller": "Müller",
        "Jos&eacute;&nbsp;Garc&iacute;a": "José García",
        "Johnson &amp; Moss": "Johnson & Moss",
        "AT&amp;T": "AT&T",
        "AT&T; Moss": "AT&T; Moss",
        "R&D": "R&D",
        "Moss &Co; Hill": "Moss &Co; Hill",
        "Rita%20Moss": "Rita Moss",
        "Jos%C3%A9": "José",
        "O%27Neill": "O'Neill",
        "100% Moss": "100% Moss",
        "O\\'Neill": "O'Neill",
        "O''Neill": "O'Neill",
        "''Moss''": "''Moss''",
        "Jos√© Garc√≠a": "José García",
        "M√ºller": "Müller",
        "JosÃƒÂ© Moss": "José Moss",
        "O‚ÄôNeill": "O’Neill",
        "√ Moss é": "√ Moss é",
        "Ⓡⓘⓣⓐ": "Rita",
        "Moss Ⓡ": "Moss Ⓡ",
        "🅡🅘🅣🅐": "RITA",
        "🅁🄸🅃🄰": "RITA",
        "Moss 🅿": "Moss 🅿",
        "ℝ𝕚𝕥𝕒": "Rita",
        "№ 1 ™": "№ 1 ™",
        "ʀɪᴛᴀ ᴍᴏꜱꜱ": "rita moss",
    }
    assert {text: clean_words(text) for text in meant} == meant
    assert all(clean_words(clean) == clean for clean in meant.values())


@each_row(
    ("text", "folded"),
    [
        ("Straße", "strasse"),
        ("Ægir Œuvre", "aegir oeuvre"),
        ("Øst", "ost"),
        ("Łódź", "lodz"),
        ("Đorđe", "dorde"),
        ("Eiður Þór", "eidur thor"),
        ("I\u015f\u0131k", "isik"),
    ],
)
def test_letters_beyond_ascii_have_base_letters(text: str, folded: str) -> None:
    assert fold_accents(text) == folded


@each_row(
    ("text", "clean"),
    [
        (" Rita \t Moss ", "Rita Moss"),
        ("Rita\u0007Moss", "Rita Moss"),
        ("\uff32ita \u2168", "Rita IX"),
        ("Ri\u200bta\u00a0Mo\u00ads\u0073", "Rita Moss"),
        ("Jos\u00c3\u00a9", "José"),
    ],
)
def test_an_address_or_number_is_cleaned_to_plain_letters(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@pytest.mark.parametrize("mark", ["\u0315", "\uff9e"])
def test_of_the_marks_on_one_letter_thirty_are_kept(mark: str) -> None:
    assert normal_form("NFC", "a" + mark * 40 + "b" + mark) == "a" + mark * MAX_MARKS + "b" + mark


@given(st.text(max_size=40))
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    for clean in (clean_words(text), clean_text(text)):
        assert clean is None or (
            clean == clean.strip() and "  " not in clean and unicodedata.is_normalized("NFC", clean)
        )
    once = clean_words(text)
    assert clean_words(once) == once


def test_no_text_and_a_blank_one_are_nothing() -> None:
    assert clean_text(None) is None
    assert clean_text(" \t") is None
