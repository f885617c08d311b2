"""What runs and attempts add up to: rows of hours and days that are over, and the rows themselves of what is not."""
