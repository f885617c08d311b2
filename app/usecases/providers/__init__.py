"""Operate providers while processes run: check them, switch them off and on."""
