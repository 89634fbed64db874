"""Comparison: who took part, and how alike the groups were."""
