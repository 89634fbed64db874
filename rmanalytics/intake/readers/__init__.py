"""Readers: exports as other tools write them, mapped once by name to the tidy tables; one module a kind."""
