"""Use cases of runs and jobs."""
