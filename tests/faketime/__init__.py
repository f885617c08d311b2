"""Tests at other times: far ahead, on 29 February, around midnight and a change of summer time."""
