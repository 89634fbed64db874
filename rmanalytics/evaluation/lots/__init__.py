"""Lots: who may be drawn, what was drawn, whether it held, and what it lets one conclude."""
