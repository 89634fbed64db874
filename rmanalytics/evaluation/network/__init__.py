"""Network: which waves, ties and people answer whether the generations talk to each other."""
