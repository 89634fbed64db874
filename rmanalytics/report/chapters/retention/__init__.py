"""Retention: who stayed, left and moved on."""
