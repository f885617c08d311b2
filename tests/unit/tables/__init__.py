"""Unit tests of people's files: headings, encodings, what stands around a table, workbooks."""
