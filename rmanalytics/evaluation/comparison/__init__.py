"""Comparison: how alike the two groups were before the round."""
