"""Retention: from dates to spells, how long people stay, and what else became of them."""
