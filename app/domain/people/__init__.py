"""People: who may enter the app, and what a member of an account may do."""
