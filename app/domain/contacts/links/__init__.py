"""Links: take them out of messy texts, follow redirects in their text, and know the hosts that many share."""
