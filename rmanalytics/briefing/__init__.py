"""The briefing: one page, slides, figures, facts and the team's page, made from ``released.json`` alone."""
