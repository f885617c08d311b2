"""Let `time.sleep` work under libfaketime 0.9.10, which breaks the sleep until an absolute time that Python makes."""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: float | SupportsIndex) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
