"""Write what was read of an upload, and its first contacts."""

import msgspec

from app.dialects.batches.schemas import BatchReading, PreviewedContactBody, PreviewedRow
from app.domain.contacts.contact import Contact
from app.domain.runs.file_reading import FileReading


def reading_body(reading: FileReading) -> BatchReading:
    """Write what was read of a file."""
    return msgspec.convert(reading, BatchReading, from_attributes=True)


def row_body(row: int, line: int | None, contact: Contact) -> PreviewedRow:
    """Write a row with its contact as it would be asked for."""
    members = {name: getattr(contact, name) for name in PreviewedContactBody.__struct_fields__ if name != "domain"}
    return PreviewedRow(row=row, line=line, contact=PreviewedContactBody(domain=contact.company_domain, **members))
