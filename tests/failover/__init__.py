"""The failover campaign: a whole stack between proxies that break, under load."""
