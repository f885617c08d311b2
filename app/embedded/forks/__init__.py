"""Processes forked from one that has imported leadrun once: its end (`server`), and that of `leadrun up` (`client`)."""
