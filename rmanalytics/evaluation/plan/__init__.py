"""Plan: what the next round can show."""
