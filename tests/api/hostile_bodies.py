"""Bodies of uploads that cost more than they are: families of bytes, of any size."""

# What stands before, what is repeated, and what stands behind.
DOCUMENTS: dict[str, tuple[bytes, bytes, bytes]] = {
    "arrays-nested": (b'{"contacts":', b"[", b""),
    "objects-nested": (b'{"contacts":[', b'{"a":', b""),
    "mixed-nested": (b'{"contacts":[', b'[{"a":', b""),
    "nested-beside": (b'{"x":', b"[", b""),
    "nested-closed": (b'{"contacts":[', b"[]" * 20 + b"," + b"[" * 900 + b"]" * 900 + b",", b"1]}"),
    "whole-nested": (b"", b"[", b""),
    "blanks-before": (b"", b" ", b'{"contacts":[]}'),
    "blanks-within": (b'{"contacts":[', b"\t\r\n ", b"]}"),
    "blanks-behind": (b'{"contacts":[]}', b"\n", b""),
    "one-string": (b'{"contacts":["', b"x", b'"]}'),
    "one-string-open": (b'{"contacts":["', b"x", b""),
    "one-string-of-escapes": (b'{"contacts":["', b"\\ud83d\\ude00", b'"]}'),
    "one-name": (b'{"', b"x", b'":1}'),
    "one-name-in-a-contact": (b'{"contacts":[{"', b"x", b'":1}]}'),
    "one-number": (b'{"contacts":[', b"9", b"]}"),
    "one-fraction": (b'{"contacts":[0.', b"1", b"]}"),
    "members": (b'{"contacts":[{', b'"a":0,', b'"b":0}]}'),
    "members-beside": (b"{", b'"a":0,', b'"contacts":[]}'),
    "different-members": (b'{"contacts":[{', b"", b'"b":0}]}'),
    "empty-arrays": (b'{"contacts":[', b"[],", b"1]}"),
    "empty-arrays-in-a-contact": (b'{"contacts":[{"a":[', b"[],", b"1]}]}"),
    "contacts-of-arrays": (b'{"contacts":[', b"[" + b"[]," * 80_000 + b"1],", b"1]}"),
    "contacts-of-objects": (b'{"contacts":[', b"[" + b'{"":0},' * 35_000 + b"1],", b"1]}"),
    "good-contacts-of-arrays": (b'{"contacts":[', b'{"domain":"a.example","x":[' + b"[]," * 80_000 + b"1]},", b"1]}"),
    "good-lines-of-arrays": (b"", b'{"domain":"a.example","x":[' + b"[]," * 80_000 + b"1]}\n", b""),
    "floats": (b'{"contacts":[', b"1e1,", b"1]}"),
    "commas": (b'{"contacts":[', b",", b"1]}"),
    "colons": (b'{"contacts"', b":", b"1]}"),
    "four-byte-characters": (b'{"contacts":["', "\U0001f680".encode(), b'"]}'),
    "half-a-character": (b'{"contacts":["', b"\xf0\x9f\x9a", b'"]}'),
    "nul": (b'{"contacts":["', b"\0", b'"]}'),
    "backslashes": (b'{"contacts":["', b"\\", b'"]}'),
    "quotes": (b'{"contacts":[', b'"', b"]}"),
    "options": (b'{"contacts":[],"fields":[', b'"",', b'""]}'),
    "lines": (b"", b"{}\n", b""),
    "a-line": (b'{"a":"', b"x", b'"}\n'),
    "lines-of-arrays": (b"", b"[" + b"[]," * 80_000 + b"1]\n", b""),
    "lines-nested": (b"", b"[" * 200_000 + b"\n", b""),
    "empty-lines": (b"", b"\n", b""),
}


TABLES: dict[str, tuple[bytes, bytes, bytes]] = {
    "a-header": (b"", b"x", b""),
    "columns": (b"", b"x,", b""),
    "empty-columns": (b"", b",", b""),
    "header-of-lines": (b'"', b"x\n", b'"'),
    "cells": (b"first_name,domain\n", b",", b""),
    "a-cell": (b"first_name,domain\n", b"x", b""),
    "a-cell-of-lines": (b'first_name,domain\n"', b"x\n", b'"'),
    "a-row-of-lines": (b"first_name,domain\n", b'"x\n",', b""),
    "a-row-of-long-lines": (b"first_name,domain\n", b'"' + b"x" * 100_000 + b'\n",', b""),
    "a-quote-in-each-line": (b"first_name,domain\n", b'"a"b,"\n', b""),
    "quotes-in-a-table": (b"first_name,domain\n", b'"', b""),
    "rows": (b"first_name,domain\n", b"a,b.example\n", b""),
    "bad-rows": (b"first_name,domain\n", b"a,,,,,,,,,b\n", b""),
    "wide-rows": (b"first_name,domain\n", b"a" + b",b" * 100_000 + b"\n", b""),
    "empty-rows": (b"first_name,domain\n", b",\n", b""),
    "returns": (b"first_name,domain\n", b"\r", b""),
    "no-text": (b"first_name,domain\n", b"\xff", b""),
    "zeros": (b"first_name,domain\n", b"\0", b""),
    "marks": (b"", b"\xef\xbb\xbf", b""),
}


def written(parts: tuple[bytes, bytes, bytes], size: int) -> bytes:
    """Write a body of about `size` bytes."""
    before, repeated, behind = parts
    if not repeated:
        return before + b"".join(b'"%d":0,' % number for number in range(size // 10)) + behind
    return before + repeated * (size // len(repeated)) + behind
