"""Tests of the embedded servers and of their supervisor."""
