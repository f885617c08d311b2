"""Encodings that nothing proves: no name of any language is read wrong without a word."""

import io

import pytest

from app.dialects.tables.encoding import find_encoding, is_known
from app.dialects.tables.encoding_guess import MAX_WORDS, guess, words_of
from app.domain.errors import InvalidInputError
from tests.rows import each_row
from tests.unit.tables.guesses import FILES


@each_row(("language", "codec"), [(language, codec) for language, (_, codecs) in FILES.items() for codec in codecs])
def test_names_are_read_as_they_were_written(language: str, codec: str) -> None:
    body = "\r\n".join(FILES[language][0].split(" ")).encode(codec)
    encoding = find_encoding(io.BytesIO(body))
    assert body.decode(encoding.codec) == body.decode(codec)
    assert encoding.warning
    assert is_known(encoding.label)
    assert f"as {encoding.label} by its letters" in encoding.warning


def test_a_single_name_is_read_right_or_the_doubt_is_said() -> None:
    for text, codecs in FILES.values():
        for name in text.split(" "):
            for codec in codecs:
                words = words_of([name.encode(codec)])
                if words and (found := guess(words)) and words[0].decode(found.codec) != words[0].decode(codec):
                    assert found.other, (name, codec, found)


@each_row(
    ("names", "codec", "example", "other"),
    [
        ("Sándor", "cp1252", "Sándor", None),
        ("O\u2019Neill", "cp1252", "O\u2019Neill", None),
        ("d\u2019Arcy", "cp1252", "d\u2019Arcy", None),
        ("CHLOÉ", "cp1252", "CHLOÉ", None),
        ("José", "cp850", "José", None),
        ("é", "cp1252", "", None),
        ("€ Rüdiger Jürgen", "cp1252", "Rüdiger", None),
        ("È PERÒ MUCCÌ PATANÈ QUALITÀ", "cp850", "PERÒ", None),
        ("İ Gül", "cp1254", "İ", "cp1252"),
        ("Nuñez Zoë René Müller Pa³ac", "cp1252", "Nuñez", "cp1250"),
        # One name each of languages whose letters others have too.
        ("Sjöström", "mac_roman", "Sjöström", None),
        ("Jääskeläinen", "mac_roman", "Jääskeläinen", None),
        ("Pádraic", "cp1252", "Pádraic", None),
        ("Lluïsos", "cp1252", "Lluïsos", None),
        ("Шишкин", "koi8-r", "Шишкин", None),
        ("Гаїна", "cp1251", "Гаїна", None),
        ("Ъгъларов", "cp1251", "Ъгъларов", None),
        ("Đurđević", "cp1250", "Đurđević", None),
        ("Šokčić", "cp852", "Šokčić", None),
        ("a\u02dcb Nuñez Võneki Sõt Háj Tõke", "cp1252", "Nuñez", "cp1250"),
    ],
)
def test_few_names_are_shown_by_the_one_that_says_most(names: str, codec: str, example: str, other: str | None) -> None:
    found = guess(words_of([names.encode(codec)]))
    assert found
    assert (found.codec, found.example, found.other) == (codec, example, other)


def test_two_readings_that_are_as_plausible_are_both_shown() -> None:
    encoding = find_encoding(io.BytesIO("Vőneki".encode("cp1250")))
    assert encoding.warning
    assert "'Võneki'" in encoding.warning
    assert "'Vőneki'" in encoding.warning
    assert "may be windows-1250" in encoding.warning
    assert find_encoding(io.BytesIO("Vőneki".encode("cp1250")), "windows-1250").warning is None


def test_more_words_than_are_judged_cost_no_more() -> None:
    assert len(words_of([b"J\xf6rg;J\xf6rn;" * 2, b"\xf6\n" * 300_000, b"Bj\xf6rn"])) == 3
    many = " ".join(f"{'ö' * (number // 26 + 1)}{chr(97 + number % 26)}" for number in range(MAX_WORDS + 9))
    assert len(words_of([many.encode("cp1252")])) == MAX_WORDS
    assert words_of([b"x" * 100 + b"\xe9" + b"y" * 100]) == [b"x" * 40 + b"\xe9" + b"y" * 40]


def test_a_byte_that_an_encoding_lacks_rules_it_out() -> None:
    body = "\r\n".join(FILES["German"][0].split(" ")).encode("cp1252") + b"\r\n\x81\r\n"
    encoding = find_encoding(io.BytesIO(body))
    assert encoding.codec != "cp1252"
    assert body.decode(encoding.codec).startswith("Böhmer\r\nKübler")


def test_one_chinese_name_is_refused_where_its_encoding_is_not_declared() -> None:
    names = {
        "gb18030": "王小明 李娜 张伟 刘洋 陈静 杨帆 赵磊 黄丽 周杰 吴敏 徐强 孙悦",
        "big5": "王小明 李娜 張偉 劉洋 陳靜 楊帆 趙磊 黃麗 周杰 吳敏 徐強 孫悅",
        "cp932": "山田太郎 佐藤花子 鈴木一郎 高橋健 田中美咲 伊藤翔 渡辺直美",
        "euc_jp": "山田太郎 佐藤花子 鈴木一郎 高橋健 田中美咲 伊藤翔 渡辺直美",
        "euc_kr": "김민준 이서연 박지훈 최수빈 정하늘 강예은",
    }
    for codec, text in names.items():
        for name in text.split():
            body = f"Name,Domain\n{name},acme.example\n".encode(codec)
            with pytest.raises(InvalidInputError, match="do not show its encoding"):
                find_encoding(io.BytesIO(body))
            assert body.decode(
                find_encoding(io.BytesIO(body), {"cp932": "sjis"}.get(codec, codec.replace("_", "-"))).codec
            ) == body.decode(codec)


def test_without_an_encoding_that_may_be_nothing_is_guessed() -> None:
    assert guess([b"J\xf6rg"], codecs=()) is None
