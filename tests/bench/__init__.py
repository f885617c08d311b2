"""Tests of the benches of order and quotes, in short."""
