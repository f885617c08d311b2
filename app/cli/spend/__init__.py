"""Commands about money: caps, and what each provider finds for its price."""
