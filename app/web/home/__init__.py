"""Home: what an account has, what happened today, and what needs attention."""
