"""Engagement: the round as it was delivered, and who was reached."""
