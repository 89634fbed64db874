"""Survey: from answers to scores, what changed and in whom, and how far silence could have moved it."""
