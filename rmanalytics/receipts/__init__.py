"""Receipts: what was fixed before a round's answers came in, when, and by which version; written once."""
