"""Survey: what changed for seniors, juniors and in the tandem."""
