"""Retention: staying and moving on, of juniors and of those they are compared with."""
