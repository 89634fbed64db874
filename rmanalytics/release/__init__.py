"""What may be told outside HR: one gate, which only `results.json` goes into and only released words come out of."""
