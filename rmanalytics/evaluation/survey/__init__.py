"""Survey: which answers, people and measures answer what changed."""
