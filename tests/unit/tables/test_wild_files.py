"""Text files as people's programs write them: the one contact in each is Rita Moss of acme.example."""

import io

import pytest

from app.dialects.tables.encoding import find_encoding
from app.dialects.tables.reading import SentFile, rows_of
from app.domain.errors import InvalidInputError
from app.domain.runs.batch import Format
from tests.rows import each_row

HEAD, RITA = "First Name,Last Name,Website\n", "Rita,Moss,acme.example\n"
PLAIN = HEAD + RITA
UPPER = HEAD.upper()

FILES: dict[str, str] = {
    "CR alone": PLAIN.replace("\n", "\r"),
    "mixed line ends": f"{HEAD}Rita,Moss,acme.example\r\n\r\n",
    "bars": PLAIN.replace(",", "|"),
    "tabs": PLAIN.replace(",", "\t"),
    "semicolons and commas": "First Name;Last Name;Website;Note\nRita;Moss;acme.example;a, b, c\n",
    "sep with blanks": "sep=\t\n" + PLAIN.replace(",", "\t"),
    "sep behind a mark": "\ufeffSEP=;\r\n" + PLAIN.replace(",", ";"),
    "quoted sep": '"sep=;"\r\n' + PLAIN.replace(",", ";"),
    "two marks": "\ufeff\ufeff" + PLAIN,
    "a mark that was read as Latin-1": "\u00ef\u00bb\u00bf" + PLAIN,
    "blank lines above": "\n\n\n" + PLAIN,
    "empty cells above": ",,\n,,\n" + PLAIN,
    "titles above": "Report: Leads\nCreated by: Rita\nDate: 2026-01-01\n\n" + PLAIN,
    "another delimiter above": "Export; 2026; v1\n" + PLAIN,
    "Markdown": "| First Name | Last Name | Website |\n|:---|---|---:|\n| Rita | Moss | acme.example |\n",
    "a rule": f"{HEAD}-----,-----,-----\n{RITA}",
    "an equals rule": f"{HEAD}=====,=====,=====\n{RITA}",
    "headings again in capitals": f"{HEAD}{RITA}{UPPER}",
    "headings again with blanks": f"{HEAD}{RITA}First Name , Last Name , Website\n",
    "blanks around": "First Name , Last Name , Website \nRita , Moss , acme.example \n",
    "fixed blanks": PLAIN.replace(" ", "\u00a0"),
    "headings of two lines": '"First\nName","Last\nName",Website\n' + RITA,
    "invisible characters": "\u200bFirst Name,Last Name\u200b,Website\n" + RITA,
    "short rows": "First Name,Last Name,Website,Phone,Note\n" + RITA,
    "empty cells behind": f"{HEAD}Rita,Moss,acme.example,,,,\n",
    "no line end": PLAIN.rstrip(),
    "Ctrl-Z": PLAIN + "\x1a",
    "NULs at the end": PLAIN + "\0\0",
    "formulas of text": 'First Name,Last Name,Website\n="Rita",="Moss",="acme.example"\n',
    "apostrophes": "First Name,Last Name,Website\n'Rita,'Moss,'acme.example\n",
    "a link": 'First Name,Last Name,Website\nRita,Moss,"=HYPERLINK(""https://acme.example"",""acme"")"\n',
    "lines quoted whole": '"First Name,Last Name,Website"\n"Rita,Moss,acme.example"\n',
    "rows quoted whole": HEAD + '"Rita,Moss,acme.example"\n',
    "PowerShell": '#TYPE System.Management.Automation.PSCustomObject\n"First Name","Last Name","Website"\n' + RITA,
    "R": '"","First.Name","Last.Name","Website"\n"1","Rita","Moss","acme.example"\n',
    "pandas": f"Unnamed: 0,{HEAD}0,{RITA}",
    "MySQL": "first_name\tlast_name\tdomain\tcompany\nRita\tMoss\tacme.example\t\\N\n",
    "MySQL's client": (
        "+------------+-----------+--------------+\n| first_name | last_name | domain       |\n"
        "+------------+-----------+--------------+\n| Rita       | Moss      | acme.example |\n"
        "+------------+-----------+--------------+\n1 row in set (0.00 sec)\n"
    ),
    "PostgreSQL's client": (
        " first_name | last_name |    domain    \n------------+-----------+--------------\n"
        " Rita       | Moss      | acme.example\n(1 row)\n"
    ),
    "PostgreSQL's COPY": PLAIN.replace(",", "\t") + "\\.\n",
    "SQL Server": f"{HEAD}----------,---------,-------\n{RITA}\n(1 rows affected)\n",
    "SQL Server's older client": f"{HEAD}----------,---------,-------\n{RITA}(1 row(s) affected)\n",
    "Oracle": f"{HEAD}{RITA}\n1 row selected.\n",
    "SAP": "|First Name|Last Name|Website|\n|----------|---------|-------|\n|Rita|Moss|acme.example|\n",
    "comments above": f"# exported by a program\n# 2026-01-01\n{PLAIN}",
    "a comment that is the headings": f"# {PLAIN}",
    "a separator too much": "First Name;Last Name;Website;\nRita;Moss;acme.example;\n",
    "headings by groups above": f"Contact,,Company\n{PLAIN}",
    "names of a program below the headings": f"{HEAD}FirstName,LastName,Website\n{RITA}",
    "headings of another language below": f"Vorname,Nachname,Webseite\nfirst_name,last_name,domain\n{RITA}",
    "types below the headings": f"{HEAD}string,string,string\n{RITA}",
    "types of columns below the headings": f"{HEAD}varchar(50),VARCHAR(50),text\n{RITA}",
    "what is required below the headings": f"{HEAD}(required),(required),(optional)\n{RITA}",
    "backslashes before quotes": (
        '"First Name","Last Name","Website","Note"\n"Rita","Moss","acme.example","said \\"hi, you\\" there"\n'
    ),
    "tags in headings": "First<br>Name,Last<br/>Name,<b>Website</b>\n" + RITA,
    "entities in headings": "First&nbsp;Name,Last&nbsp;Name,Website\n" + RITA,
    "paths of objects": "properties.firstname,properties.lastname,properties.website\n" + RITA,
    "a report's footer behind a gap": (
        f"{PLAIN}\n\nCopyright (c) 2000-2026 acme.example, inc. All rights reserved.\n"
        "Confidential Information - Do Not Distribute\nGenerated By:  Rita Moss  01/01/2026 10:00 AM\n"
    ),
    "a sum of rows": f"{PLAIN}Sum of rows: 1\n",
    **{
        f"footer {text}": f"{PLAIN}{text},,\n"
        for text in (
            "Total: 1", "Anzahl Datensätze: 1", "Nombre d'enregistrements : 1", "Total de registros: 1",
            "Numero di contatti: 1", "--- End of Report ---", "1 record(s)", "12 Datensätze", "Page 1/1",
            "Seite 2 von 3", "EOF", "Ende der Liste", "* data as of 1 Jan 2026", "Exported from the CRM on 2026-01-01",
        )
    },
}  # fmt: skip


def contacts(data: bytes) -> list[tuple[str | None, ...]]:
    rows = rows_of(SentFile(file=io.BytesIO(data), format=Format.CSV)).each
    return [(one.first_name, one.last_name, one.company_domain) for row in rows if (one := row.contact)]


def test_a_contact_behind_a_gap_is_no_footer() -> None:
    more = "Ada,Lovell,lovell.example\n"
    assert len(contacts(f"{PLAIN}\n{more}Total,,1\n".encode())) == 2
    assert len(contacts(f"{PLAIN}\n{more}".encode())) == 2
    # Names of headings are a contact's, too, further down; and two cells are no row of types.
    assert len(contacts(f"{PLAIN}Text,Number,acme.example\n".encode())) == 2
    assert len(contacts(f"{HEAD}Page,Moss,acme.example\n".encode())) == 1


def test_what_divides_the_cells_is_asked_for_where_it_is_not_known() -> None:
    with pytest.raises(InvalidInputError, match="a first line such as sep=~ says what divides the cells"):
        contacts(PLAIN.replace(",", "~").encode())
    assert contacts(f"sep=~\n{PLAIN}".replace(",", "~").encode()) == [("Rita", "Moss", "acme.example")]


@each_row("text", [pytest.param(text, id=name) for name, text in FILES.items()])
def test_the_contact_is_read_and_nothing_else(text: str) -> None:
    rows = list(rows_of(SentFile(file=io.BytesIO(text.encode()), format=Format.CSV)).each)
    assert [row.problems for row in rows] == [()]
    assert contacts(text.encode()) == [("Rita", "Moss", "acme.example")]


@pytest.mark.parametrize(
    ("charset", "first", "last"),
    [("cp1251", "Иван", "Петров"), ("koi8-r", "Ольга", "Смирнова"), ("cp1253", "Γιάννης", "Παππάς")],
)
def test_names_of_other_alphabets_are_read_by_their_letters(charset: str, first: str, last: str) -> None:
    assert contacts(f"{HEAD}{first},{last},acme.example\n".encode(charset)) == [(first, last, "acme.example")]


@each_row(
    ("charset", "names"),
    [
        ("gb18030", "小明,王 子轩,李 秀英,张"),
        ("big5", "小明,王 志豪,陳 美玲,林 家豪,黃 淑芬,張 建宏,李"),
        ("euc-kr", "민준,김 서연,이 지우,박"),
        ("shift_jis", "太郎,山田 花子,佐藤 一郎,鈴木"),
        ("euc-jp", "太郎,山田 花子,佐藤 一郎,鈴木"),
    ],
)
def test_letters_of_two_bytes_are_not_taken_for_others(charset: str, names: str) -> None:
    rows = "".join(f"{name},acme.example\n" for name in names.split(" "))
    with pytest.raises(InvalidInputError, match="say its encoding"):
        contacts(f"{HEAD}{rows}".encode(charset))


@each_row(
    ("text", "is_telling"),
    [("é4", False), ("Plan é", False), ("50 €", True), ("½", True), ("N° 5", True), ("José | ä", True)],
)
def test_where_the_letters_say_little_it_is_windows_1252(text: str, *, is_telling: bool) -> None:
    assert contacts(f"{HEAD}Ada,Lovell,acme.example\n\n{text}\n".encode("cp1252"))[0] == (
        "Ada",
        "Lovell",
        "acme.example",
    )
    warning = find_encoding(io.BytesIO(text.encode("cp1252"))).warning or ""
    assert "was read as windows-1252" in warning
    assert ("by its letters" in warning) is is_telling


@pytest.mark.parametrize(
    ("first", "last"), [("Conceição", "Nuñéz"), ("Zoë", "Müller"), ("Åsa", "Öberg"), ("Noël", "Lefèvre")]
)
def test_western_names_are_read_without_a_charset(first: str, last: str) -> None:
    assert contacts(f"{HEAD}{first},{last},acme.example\n".encode("cp1252")) == [(first, last, "acme.example")]


@each_row(
    ("text", "meant"),
    [
        ("Jos\u00c3\u00a9", "José"),
        ("N\u00c3\u00admes", "Nímes"),
        ("\u00c3\u0081lvaro", "Álvaro"),
        ("O\u00e2\u20ac\u2122Brian", "O\u2019Brian"),
        ("JOÃO", "João"),
        ("Åsa", "Åsa"),
    ],
)
def test_utf_8_that_was_read_as_windows_1252_is_read_as_it_was_meant(text: str, meant: str) -> None:
    assert contacts(f"{HEAD}{text},Moss,acme.example\n".encode()) == [(meant, "Moss", "acme.example")]
