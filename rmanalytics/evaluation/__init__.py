"""What is asked of a round: which measure answers which question, from which rows.

`open_study` reads a programme's folder and gives the round's results by family, computed when first asked for.
"""

from rmanalytics.evaluation.study import Study, hold_study, open_study

__all__ = ["Study", "hold_study", "open_study"]
