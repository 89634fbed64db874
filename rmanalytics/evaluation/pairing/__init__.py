"""Pairing: the rules audited, in a round or in a plan."""
