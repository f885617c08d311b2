"""Lets `time.sleep` work under libfaketime 0.9.10, which spoils the sleep until an absolute time that Python makes."""

import select
import time


def _sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    select.select([], [], [], seconds)


time.sleep = _sleep
