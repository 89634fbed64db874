"""Words: results as readers of a language expect to read them."""
