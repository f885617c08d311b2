"""The Celery worker: tasks, its event loop, the cascade runner, the batch feeder and recovery."""
