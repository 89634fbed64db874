"""The evaluation report: words, tables and figures made from results; nothing is computed here."""
