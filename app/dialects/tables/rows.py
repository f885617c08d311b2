"""The rows of a table as texts, without what stands around them: blank rows, and footers below the last contact."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from app.dialects.tables.refusal import refuse
from app.domain.columns.choice import ColumnMapping, attribute_named, score
from app.domain.columns.headings import Attribute
from app.domain.runs.batch import MAX_COLUMNS

# Headings are looked for in so many lines or rows, and in so many cells of them.
MAX_PREAMBLE = 60
MAX_CELLS_LOOKED_AT = 10_000
# A row with so many known headings is the one (`score` counts each twice).
SURE = 6
# As many as a sheet has: programs write its empty rows, too.
MAX_BLANK = 1_050_000
# So many rows at the end may be footers.
MAX_FOOTER = 30

_WHOLE = r"(?:records?|rows?|contacts?|results?|leads?|count|[\s:;,()=#\d.$€£%])*"
_ROWS = (
    r"(?:records?(?:\(s\))?|rows|contacts?|results|leads|people|datensätze|kontakte|zeilen|enregistrements|lignes|registros"
    r"|contactos|filas|registri|contatti|righe|contatos)"
)
_HOW = r"(?:by|on|at|from|with|am|von|mit|le|par)\b.{0,300}"
_FOOTERS = (
    rf"(?:grand |sub ?)?totals?{_WHOLE}",
    rf"(?:gesamt(?:summe)?|summe|total g[eé]n[eé]ral|totale?s?|totaal|suma){_WHOLE}",
    rf"(?:number of |record |row )?(?:records|rows|contacts|count)(?=\D{{0,40}}\d){_WHOLE}",
    rf"\d+ {_ROWS}(?: .{{0,80}})?",
    r"\(?\d+ rows?(?:\(s\))?(?: (?:affected|selected|returned|in set.{0,30}))?\.?\)?",
    r"\\\.",
    rf"(?:sum|average|anzahl) (?:of )?{_ROWS}(?=\D{{0,10}}\d)[\s:\d.]*",
    rf"(?:anzahl|nombre|número|numero|total) (?:der |de |d'|di )?{_ROWS}(?=\D{{0,10}}\d)[\s:\d.]*",
    r"(?:confidential|strictly confidential|vertraulich|confidentiel|confidencial|riservato|vertrouwelijk)\b.{0,300}",
    r"(?:copyright|©|\(c\)).{0,20}\d{4}.{0,300}",
    r".{0,300}all rights reserved.{0,100}",
    rf"(?:report )?(?:generated|exported|created|printed|downloaded) {_HOW}",
    rf"(?:erstellt|exportiert|généré|exporté) {_HOW}",
    r"(?:page|seite|página|pagina|strona|sida|side) \d+(?: ?(?:of|von|sur|de|di|van|z|av|af|/) ?\d+)?",
    r"\W*(?:end of (?:report|file|list|export)|ende (?:des berichts|der liste)|fin del? (?:informe|rapport)|eof)\W*",
    r"(?:filtered by|as of|stand) ?:.{0,300}",
    r"\* ?(?:data|figures|daten|stand|données|datos) .{0,300}",
)
_RULE = re.compile(r"[+|: ]*[-=_*]{3}[-=_*+|: ]*")
# What some programs write below the headings of each column.
_KIND = re.compile(
    r"\W*+(?:string|text|varchar|nvarchar|char|int(?:eger)?|bigint|number|numeric|decimal|float|double|bool(?:ean)?|date"
    r"|datetime|timestamp|e-?mail|url|phone|picklist|lookup|uuid|required|optional|mandatory|pflichtfeld|obligatoire"
    r"|facultatif|obligatorio|opcional|(?:single|multi)[- ]line text)\W*+\d*+\W*+(?:required|optional|field)?\W*+",
    re.IGNORECASE,
)
# Those of them that are no names of people, companies and sites.
_SURE_KIND = re.compile(
    r"string|varchar|bigint|integer|boolean|datetime|timestamp|picklist|uuid|required|optional|mandatory|pflichtfeld"
    r"|obligatoire|facultatif|obligatorio|opcional|line text",
    re.IGNORECASE,
)
_OF_LINKS = {Attribute.COMPANY_DOMAIN, Attribute.LINKEDIN_URL, Attribute.EMAIL}
# So many cells that may be types are a row of them.
_KINDS = 3
# Old programs end a file with these.
_NO_TEXT = " \t\r\n\v\f\x1a\0\u00a0\u3000"
_FOOTER = re.compile("|".join(_FOOTERS), re.IGNORECASE)


class TableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row.

    Attributes:
        line: Of a text file the line at which the row begins, of a workbook the row of the sheet; from 1.
        cells: Its texts; missing ones at the end are empty.
        fault: Why it is no proper row.
        text: Of a text file the row as it was written, with its line end.
    """

    line: int
    cells: list[str]
    fault: str | None = None
    text: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether no cell has anything in it."""
        return not any(cell and cell.strip(_NO_TEXT) for cell in self.cells)

    @property
    def is_rule(self) -> bool:
        """Whether it is a line that only divides others, as below the headings in Markdown."""
        cells = [cell.strip() for cell in self.cells if cell.strip()]
        return bool(cells) and all(_RULE.fullmatch(cell) for cell in cells)


def find_headings(
    rows: Iterable[Sequence[str]], mapping: ColumnMapping = ()
) -> tuple[tuple[int, int, int], int | None]:
    """Find the row of the headings among the first rows of a file.

    Returns:
        How much it looks like headings, and its index; None where no row has a heading that is known.
    """
    best, found = (0, 0, 0), None
    looked_at = 0
    for index, cells in enumerate(rows):
        looked_at += len(cells)
        if looked_at > MAX_CELLS_LOOKED_AT and index:
            break
        # A row with more cells is refused; looking at each of a megabyte's took seconds.
        marks = score(cells[:MAX_COLUMNS], mapping)
        if any(marks[:2]) and marks > best:
            best, found = marks, index
            if marks[1] >= SURE and not mapping:
                break
    return best, found


class ContactRows:
    """The rows below the headings that are contacts.

    Attributes:
        repeated: How often the headings stand among them, as in files that were put together of several.
        footers: The texts of the rows at the end that are none, once all rows were read.
    """

    def __init__(self, rows: Iterable[TableRow], names: Sequence[str]) -> None:
        """Keep the rows below the headings."""
        self._rows = rows
        self._alike = _alike(names)
        self._links = [place for place, name in enumerate(names) if attribute_named(name) in _OF_LINKS]
        self.repeated = 0
        self.footers: list[str] = []

    def __iter__(self) -> Iterator[TableRow]:
        """Pass over blank rows, repeated headings, and footers if no contact comes after them."""
        last: deque[TableRow] = deque()
        blank = rows = 0
        for row in self._rows:
            if not row.fault and (row.is_blank or row.is_rule):
                blank += 1
                if blank > MAX_BLANK:
                    refuse(f"the file has more than {MAX_BLANK} blank lines; delete them")
                continue
            rows += 1
            if _alike(row.cells) == self._alike or (rows == 1 and _explains(row.cells, self._links)):
                self.repeated += 1
                continue
            last.append(row)
            if len(last) > MAX_FOOTER:
                yield last.popleft()
        while last and _FOOTER.fullmatch(_text(last[-1])):
            self.footers.insert(0, _text(last.pop()))
        yield from last


def _explains(cells: Sequence[str], links: Iterable[int]) -> bool:
    """Return whether a row below the headings has their other names, or their types.

    Args:
        cells: Of the row.
        links: Places of addresses and domains; a type there is none.
    """
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) < len(("first name", "last name")):
        return False
    if score(filled[:MAX_COLUMNS])[1] >= SURE:
        return True
    # Char and Number are names of people, too.
    is_sure = any(_SURE_KIND.search(text) for text in filled) or any(
        cells[at].strip() for at in links if at < len(cells)
    )
    return all(_KIND.fullmatch(text) for text in filled) and (len(filled) >= _KINDS or is_sure)


def _alike(cells: Sequence[str]) -> list[str]:
    return [cell.strip().casefold() for cell in cells]


def _text(row: TableRow) -> str:
    return ", ".join(cell.strip() for cell in row.cells if cell.strip())
