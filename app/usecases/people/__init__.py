"""Use cases of people: signing in, sessions, links of one use, members of an account."""
