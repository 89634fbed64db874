"""Engagement: whether the tandems met, about what, what came of it, and who was reached."""
