"""Commands about people: who may enter, and who did what."""
