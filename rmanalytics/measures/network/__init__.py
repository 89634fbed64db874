"""The company's network: do the generations talk to each other, and does the programme change that?

Unit of analysis: the person. Ties are directed and imposed ties are the caller's to take out (`without_pairs`).
"""

from rmanalytics.measures.network.brokerage import brokerage_counts, brokerage_roles, structural_holes
from rmanalytics.measures.network.change import change_difference, ei_change, tie_jaccard
from rmanalytics.measures.network.mixing import ei_index, ei_null, mixing_matrix
from rmanalytics.measures.network.paths import distance_to_top
from rmanalytics.measures.network.qap import dyad_table, mrqap, qap_correlation
from rmanalytics.measures.network.segregation import (
    coleman_homophily,
    freeman_segregation,
    nominal_assortativity,
    numeric_assortativity,
    within_between_odds,
)
from rmanalytics.measures.network.ties import both_directions, symmetrised, tie_counts, without_pairs

__all__ = [
    "both_directions",
    "brokerage_counts",
    "brokerage_roles",
    "change_difference",
    "coleman_homophily",
    "distance_to_top",
    "dyad_table",
    "ei_change",
    "ei_index",
    "ei_null",
    "freeman_segregation",
    "mixing_matrix",
    "mrqap",
    "nominal_assortativity",
    "numeric_assortativity",
    "qap_correlation",
    "structural_holes",
    "symmetrised",
    "tie_counts",
    "tie_jaccard",
    "within_between_odds",
    "without_pairs",
]
