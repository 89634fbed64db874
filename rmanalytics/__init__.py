"""Evaluation of reverse-mentoring programmes: did it work, for whom, and how sure are we?

The package imports nothing heavy; each module imports what it needs.
"""

__version__ = "0.1.0"
