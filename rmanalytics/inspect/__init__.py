"""Looking at a finished artefact as a stranger would; shares no code with the release gate."""
