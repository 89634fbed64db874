"""Intake: the exports of a programme, read as text, checked against their declaration, and typed once."""
