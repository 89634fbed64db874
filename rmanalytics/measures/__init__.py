"""Measures: tables in, one new result out; pure, without files, thresholds for others or drawings.

Each module is one topic. Every measure returns an `Estimate`, a `NotEstimable` with its reason, or a `Curve`.
``rmanalytics.measures`` offers those of `ANALYST` by the field's names, for an analyst's own tables.
"""

from importlib import import_module
from typing import Any

ANALYST = {
    # survey
    "ancova": "survey.ancova.adjusted_difference",
    "difference_in_differences": "survey.ancova.change_score_difference",
    "paired_change": "survey.paired_change.paired_change",
    "sign_flip": "stats.exact_tests.sign_flip",
    "mixed_difference": "stats.mixed_model.mixed_difference",
    "reliable_rise_share": "survey.reliable_change.reliable_rise_share",
    "clinical_cut_off": "survey.reliable_change.clinical_cut_off",
    "cronbach_alpha": "survey.scoring.cronbach_alpha",
    "omega_total": "survey.reliability.omega_total",
    "item_rest_correlations": "survey.reliability.item_rest_correlations",
    "icc": "stats.icc.intraclass_correlations",
    "dyadic_icc": "survey.apim.dyadic_icc",
    "actor_partner": "survey.apim.actor_partner",
    "balance_table": "comparison.balance.balance_table",
    # clusters
    "clustered_difference": "survey.all_rounds.clustered_difference",
    "exposure_slope_adjusted": "survey.exposure_response.exposure_slope_adjusted",
    # shares, rates, many tests, planning
    "wilson_share": "stats.proportions.wilson_share",
    "share_difference": "stats.proportions.share_difference",
    "rate_ratio": "stats.rates.rate_ratio",
    "holm": "stats.multiple_testing.holm",
    "benjamini_hochberg": "stats.multiple_testing.benjamini_hochberg",
    "meta_analysis": "stats.meta_analysis.pooled_difference",
    "minimum_detectable_difference": "stats.power.minimum_detectable_difference",
    "minimum_detectable_change": "stats.power.minimum_detectable_change",
    # retention
    "kaplan_meier": "retention.kaplan_meier.survival_curve",
    "log_rank": "retention.risk_sets.log_rank",
    "rmst": "retention.kaplan_meier.rmst",
    "rmst_difference": "retention.kaplan_meier.rmst_difference",
    "hazard_ratio": "retention.hazard_ratios.hazard_ratio",
    "cumulative_incidence": "retention.risk_sets.cumulative_incidence",
    # network
    "ei_index": "network.ei_index.ei_index",
    "ei_by_group": "network.ei_parts.ei_by_group",
    "symmetrised": "network.ties.symmetrised",
    "structural_holes": "network.structural_holes.structural_holes",
    "brokerage_roles": "network.brokerage.brokerage_roles",
    "dyad_table": "network.qap.dyad_table",
    "qap_correlation": "network.qap.qap_correlation",
    "mrqap": "network.qap.mrqap",
    # value
    "option_draws": "value.monte_carlo.option_draws",
    "net_benefit": "value.cost_effectiveness.net_benefit",
}
"""The measures for an analyst's own tables, at most 40: the field's name, and the function that it calls."""


def __getattr__(name: str) -> Any:
    if name not in ANALYST:
        if name.startswith("__"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from rmanalytics.errors import unknown  # noqa: PLC0415  (only where something is refused)

        raise AttributeError(str(unknown("measure", name, ANALYST)))
    module, _, function = ANALYST[name].rpartition(".")
    return getattr(import_module(f"{__name__}.{module}"), function)


def __dir__() -> list[str]:
    return sorted(ANALYST)
