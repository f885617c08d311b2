"""Tables of people's files: CSV in any encoding, and workbooks, read row by row as texts."""
