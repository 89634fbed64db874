"""Pairing: the rules between the two of a tandem, on each day."""
