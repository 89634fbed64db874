"""Network: the bridge between generations."""
