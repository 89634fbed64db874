"""Charts: drawn from results with few strokes."""
