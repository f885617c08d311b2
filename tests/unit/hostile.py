"""Hostile texts: pieces that are repeated to find parsers whose time grows faster than the text."""

LENGTH = 65536
# Far more than a linear parser needs for so long a text, far less than a quadratic one.
SECONDS = 2.0
HOSTILE = (
    "a.", "/", "http:", "a:", "%25", "%", "%C3", "linkedin.", "-", "a,", "a@", ".", "<", "in/", "é.", "[", "&q=http://",
    "google.com/url?q=", "é", "x", "linkedin.com/", "www.", "www1.", "' ", "a-", "facebook.com/l.php?u=", "\\/",
    "\uff0c",    "a.example ", "a.example,", "xn--", "https://", "(", "'", "\U0001d4ea", "\u200d", "0.", "a%2e",
)  # fmt: skip
