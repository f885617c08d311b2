"""The reading of a file: its format, and which of its columns are used."""

import msgspec

from app.domain.columns.choice import ColumnChoice
from app.domain.columns.headings import Attribute
from app.domain.runs.batch import Format

# So many columns are listed, and so much of each name.
MAX_LISTED = 100
MAX_NAME = 200
# The members of a batch's contact, by the attribute that fills them; an e-mail address gives the domain.
MEMBERS = {attribute: attribute.value for attribute in Attribute} | {
    Attribute.COMPANY_DOMAIN: "domain",
    Attribute.EMAIL: "domain",
    Attribute.LAST_NAME_PREFIX: "last_name",
}


class UsedColumn(msgspec.Struct, frozen=True, kw_only=True):
    """A column that is read, and the member of the contact that it fills."""

    column: str
    fills: str


class FileReading(msgspec.Struct, frozen=True, kw_only=True):
    """The reading of a file.

    Attributes:
        encoding: Of a text.
        delimiter: Of a CSV file.
        headings_line: Where the headings stand, from 1: a line of the file, or a row of the sheet.
        sheet: The sheet of a workbook.
        columns_used: Those of one member in the order of preference.
        columns_ignored: The first of them, without those that have no name.
        warnings: Sentences for the client.
    """

    format: Format
    encoding: str | None = None
    delimiter: str | None = None
    headings_line: int | None = None
    sheet: str | None = None
    columns_used: tuple[UsedColumn, ...] = ()
    columns_ignored: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def of_columns(reading: FileReading, choice: ColumnChoice) -> FileReading:
    """Add which columns are used and ignored."""
    used = {(choice.names[use.place], MEMBERS[use.attribute]): None for use in choice.uses}
    return msgspec.structs.replace(
        reading,
        columns_used=tuple(UsedColumn(column=column[:MAX_NAME], fills=member) for column, member in used)[:MAX_LISTED],
        columns_ignored=tuple(column[:MAX_NAME] for column in choice.ignored[:MAX_LISTED]),
    )
