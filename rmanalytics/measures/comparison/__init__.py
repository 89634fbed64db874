"""Comparison: who is compared with whom, and how alike they were before."""
