"""Tests of the embedded servers and of whoever supervises them."""
