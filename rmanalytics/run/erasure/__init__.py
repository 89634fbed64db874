"""Erasure: a person's data found in every store, taken out of them, and looked for again."""
