"""The Celery worker: tasks, its event loop, the cascade runner, the batch feeder and recovery."""

import os

# Celery replaces the command line of its process where it finds setproctitle; operators know ours by theirs.
os.environ["NOSETPS"] = "1"
