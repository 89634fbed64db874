"""Verdicts: how an estimate becomes a word, by rule, from a claim's row, the plan and what the gates say."""
