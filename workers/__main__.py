"""Runs one worker process of this installation; Celery's own command looks into the working directory first."""

import sys

from workers.main import app

app.start(sys.argv[1:])
