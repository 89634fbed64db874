"""Engagement: the programme as it was delivered."""
