"""Chapters: one module a subject, its paragraphs, tables and figures."""
