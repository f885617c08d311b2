"""The Celery door: tasks, the process event loop, the sweep."""
