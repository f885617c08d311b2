"""The LeadSonar dialect (snake_case, look-ups and jobs)."""
