"""What a programme declares: ``programme.toml``, strict, and the scales of its surveys."""
