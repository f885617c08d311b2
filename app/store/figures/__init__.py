"""The sums of runs and attempts: those of hours and days that are over, and the rows themselves of the rest."""
