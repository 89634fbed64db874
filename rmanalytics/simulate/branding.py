"""Offers, applications and recommendation by month, with and without mention of the programme.

Unit: one metric in one month (or half-year), for people who saw the programme mentioned or did not.
"""

from __future__ import annotations

import numpy as np

from rmanalytics.simulate.planted import PLANTED, Calendar

BrandingRow = tuple[np.datetime64, str, float | None, int | None, int | None, str, str]


def branding_rows(dates: Calendar, employees: int, rng: np.random.Generator) -> list[BrandingRow]:
    """Monthly offers and applications from a year before the first round on, and recommendation every half-year.

    Metrics: ``offer_acceptance`` (accepted of offers made), ``applications`` (a count), ``enps`` (-100 to 100).
    """
    rows: list[BrandingRow] = []
    start = dates.rounds[0].start
    first = max(dates.rounds[0].first_month - 12, 0)
    offers_a_month = 0.022 * employees
    for month in dates.months[first:]:
        running = month >= start
        shares = (("yes", 0.45, PLANTED.acceptance_exposed),) if running else ()
        for exposed, share, accepts in (*shares, ("no", 0.55 if running else 1.0, PLANTED.acceptance_not_exposed)):
            offers = int(rng.poisson(offers_a_month * share))
            if offers:
                accepted = int(rng.binomial(offers, accepts))
                rows.append((month, "offer_acceptance", None, accepted, offers, exposed, "applicant_tracking"))
        applications = int(rng.poisson(offers_a_month * (6.6 if running else 6.0)))
        rows.append((month, "applications", float(applications), None, None, "all", "applicant_tracking"))
    people = max(20, min(600, employees // 3))
    for day in dates.wave_dates:
        answers = rng.multinomial(people, (0.34, 0.41, 0.25))
        enps = round(100 * float(answers[0] - answers[2]) / people, 1)
        rows.append((day, "enps", enps, None, None, "all", "employee_survey"))
    return rows
