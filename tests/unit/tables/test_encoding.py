"""Encodings: proved by a mark, declared, or guessed for the whole file, and reported where they are a guess."""

import io

import pytest

from app.dialects.tables.encoding import CHARSETS, MAX_LINE, TextEncoding, find_encoding, is_known, read_lines
from app.domain.errors import InvalidInputError
from tests.rows import each_row

TEXT = "Vorname;Name\r\nJörg;Müller-Lüdenscheidt\r\n"
BIG = 3 * 1024 * 1024


def found(body: bytes, declared: str | None = None) -> TextEncoding:
    file = io.BytesIO(body)
    encoding = find_encoding(file, declared)
    assert file.tell() == 0
    return encoding


@each_row(
    ("body", "declared", "label", "bom"),
    [
        pytest.param(TEXT.encode(), None, "utf-8", False, id="utf-8"),
        pytest.param(b"plain", None, "utf-8", False, id="ascii"),
        pytest.param(b"", None, "utf-8", False, id="empty"),
        pytest.param(TEXT.encode("utf-8-sig"), None, "utf-8", True, id="utf-8 with its mark"),
        pytest.param(
            TEXT.encode("utf-8-sig"), "windows-1252", "utf-8", True, id="a mark proves what is declared wrong"
        ),
        pytest.param(b"\xff\xfe" + TEXT.encode("utf-16-le"), None, "utf-16-le", True, id="utf-16-le"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), None, "utf-16-be", True, id="utf-16-be"),
        pytest.param(b"\xff\xfe\0\0" + TEXT.encode("utf-32-le"), None, "utf-32-le", True, id="utf-32"),
        pytest.param(b"\0\0\xfe\xff" + TEXT.encode("utf-32-be"), None, "utf-32-be", True, id="utf-32-be"),
        pytest.param(TEXT.encode("utf-8-sig") + b"\xe9", None, "utf-8", True, id="a mark and a broken byte"),
        pytest.param(TEXT.encode("utf-16-le"), None, "utf-16-le", False, id="utf-16-le without a mark"),
        pytest.param("Name;Ort".encode("utf-16-le") + b"x", None, "utf-8", False, id="half a character at its end"),
        pytest.param(f"{'a' * 19}\0".encode("utf-16-le"), None, "utf-16-le", False, id="one zero among others"),
        pytest.param(b"a\0b\0c\0ddee", None, "utf-8", False, id="some zeros"),
        pytest.param(TEXT.encode("utf-16-be"), None, "utf-16-be", False, id="utf-16-be without a mark"),
        pytest.param(TEXT.encode("utf-16-be"), "utf-16", "utf-16-be", False, id="utf-16 declared without a mark"),
        pytest.param(TEXT.encode("utf-16-le"), "UTF-16", "utf-16-le", False, id="the other way round"),
        pytest.param(TEXT.encode("cp1252"), "windows-1252", "windows-1252", False, id="declared windows-1252"),
        pytest.param(
            TEXT.encode("latin-1"), "ISO-8859-1", "windows-1252", False, id="latin-1 is windows-1252 (WHATWG)"
        ),
        pytest.param(b"J\x81rg", "iso-8859-1", "iso-8859-1", False, id="but for five bytes"),
        pytest.param(TEXT.encode("iso8859-15"), "iso-8859-15", "iso-8859-15", False, id="iso-8859-15"),
        pytest.param(TEXT.encode("cp850"), "cp850", "cp850", False, id="cp850"),
        pytest.param("Имя;Фамилия".encode("cp1251"), "windows-1251", "windows-1251", False, id="windows-1251"),
        pytest.param("名;姓".encode("cp932"), "shift_jis", "shift_jis", False, id="shift_jis"),
        pytest.param(TEXT.encode("mac_roman"), "macintosh", "macintosh", False, id="macintosh"),
        pytest.param(TEXT.encode(), "utf-8", "utf-8", False, id="declared utf-8"),
        pytest.param(TEXT.encode(), "us-ascii", "utf-8", False, id="declared ascii says little"),
        pytest.param(("x" * BIG + "é").encode(), None, "utf-8", False, id="far down"),
    ],
)
def test_an_encoding_is_found(body: bytes, declared: str | None, label: str, *, bom: bool) -> None:
    encoding = found(body, declared)
    assert (encoding.label, encoding.bom, encoding.warning) == (label, bom, None)


@pytest.mark.parametrize("declared", [None, "utf-8", "us-ascii"])
@pytest.mark.parametrize("far", [0, BIG])
def test_what_is_not_utf_8_is_windows_1252_as_a_whole_and_that_is_told(declared: str | None, far: int) -> None:
    encoding = found(("x" * far + TEXT).encode("cp1252"), declared)
    assert encoding.label == "windows-1252"
    assert encoding.warning
    assert "was read as windows-1252 by its letters, as in 'Jörg'" in encoding.warning
    assert ("declared" in encoding.warning.partition(":")[0]) is (declared is not None)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("José;Núñez\n".encode() + b"Ren\xe9\n", id="one broken byte among names"),
        pytest.param("é".encode() + b"\xe9", id="as many of each"),
        pytest.param("€".encode()[:2] + "Jörg é".encode(), id="a character cut in two"),
    ],
)
def test_broken_bytes_among_utf_8_do_not_garble_the_other_names(body: bytes) -> None:
    assert found(body) == TextEncoding(codec="utf-8")


@each_row(
    ("body", "declared", "said"),
    [
        pytest.param(b"J\x81\x8drg", None, "do not show its encoding", id="no guess"),
        pytest.param("张伟;王小明\n李娜;北京公司".encode("gb18030"), None, "do not show its encoding", id="Chinese"),
        pytest.param("陳大文;張偉\n".encode("big5"), None, "do not show its encoding", id="Chinese of Taiwan"),
        pytest.param("山田;太郎\n株式会社テスト".encode("cp932"), None, "do not show its encoding", id="Japanese"),
        pytest.param(
            "山田;太郎\n株式会社テスト".encode("euc-jp"), None, "do not show its encoding", id="Japanese of Unix"
        ),
        pytest.param("김민준;이서연\n주식회사".encode("cp949"), None, "do not show its encoding", id="Korean"),
        pytest.param("สมชาย;ใจดี\nสมหญิง".encode("cp874"), None, "do not show its encoding", id="Thai"),
        pytest.param(b"\xff\xfe" + TEXT.encode("utf-16-le") + b"x", None, "broken further on", id="half a character"),
        pytest.param("é".encode("cp1252"), "shift_jis", "not in shift_jis", id="not what is declared"),
        pytest.param(b"abc", "utf-16", "not in utf-16", id="an odd number of bytes"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(body: bytes, declared: str | None, said: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        found(body, declared)
    assert said in refusal.value.message


def test_every_charset_that_is_offered_has_a_codec() -> None:
    for charset in CHARSETS:
        assert is_known(f" {charset.upper()} ")
        assert found(b"", charset).codec
    assert {"utf-8", "koi8-r"} <= set(CHARSETS)
    assert not is_known("utf-7")
    assert not is_known("rot13")


_DECLARED = """
utf8 utf-8 ascii us-ascii iso-8859-1 latin1 windows-1252 cp1252 utf-16 utf-16le utf-16be utf-32 macintosh x-mac-ce
x-mac-cyrillic x-mac-greek x-mac-turkish koi8-r koi8-u gb18030 gbk gb2312 big5 euc-kr euc-jp iso-8859-2 iso-8859-11
iso-8859-13 iso-8859-16 windows-1250 windows-1251 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257
windows-1258 cp437 cp850 cp852 cp866 shift_jis shift-jis sjis windows-31j
"""


@each_row("charset", _DECLARED.split())
def test_a_charset_may_be_declared(charset: str) -> None:
    assert is_known(charset)
    assert found(b"", charset).codec


def test_as_many_bytes_that_are_not_utf_8_as_are_decide_for_another_encoding() -> None:
    odd = "Jörg;Müller;Jäger;Köhler;".encode("cp1252")
    assert found(odd + "éé".encode()).codec == "cp1252"
    assert found(odd + "ééé".encode()).codec == "utf-8"
    assert found(b"\x7f" * 9 + odd).codec == "cp1252"


def test_lines_keep_their_ends_and_the_file_stays_open() -> None:
    file = io.BytesIO("\ufeffa\r\nb\rc\n\u2028\x0bd".encode("utf-16-le"))
    encoding = find_encoding(file)
    assert list(read_lines(file, encoding)) == ["a\r\n", "b\r", "c\n", "\u2028\x0bd"]
    next(read_lines(file, encoding))
    assert not file.closed
    left = read_lines(file, encoding)
    next(left)
    file.close()
    left.close()  # type: ignore[attr-defined]


def test_a_line_that_no_row_has_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="a line of more than"):
        list(read_lines(io.BytesIO(b"x" * (MAX_LINE + 1)), TextEncoding(codec="utf-8")))
    (line,) = read_lines(io.BytesIO(b"x" * MAX_LINE), TextEncoding(codec="utf-8"))
    assert len(line) == MAX_LINE
