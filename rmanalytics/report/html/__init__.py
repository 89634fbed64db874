"""HTML: templates, tables and blocks."""
