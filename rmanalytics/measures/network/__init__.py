"""The company's network: do the generations talk to each other, and does the programme change that?

Unit of analysis: the person. Ties are directed and imposed ties are the caller's to take out (`without_pairs`).
"""

from rmanalytics.measures.network.brokerage import brokerage_counts, brokerage_roles
from rmanalytics.measures.network.change import change_difference, ei_change, tie_jaccard
from rmanalytics.measures.network.holes import structural_holes
from rmanalytics.measures.network.mixing import ei_index, ei_null, mixing_matrix
from rmanalytics.measures.network.moments import ei_excess
from rmanalytics.measures.network.parts import cut_ties, ei_by_group, ei_by_person
from rmanalytics.measures.network.paths import distance_to_top, steps_distribution
from rmanalytics.measures.network.qap import dyad_table, mrqap, qap_correlation
from rmanalytics.measures.network.rewired import ei_degree_null
from rmanalytics.measures.network.segregation import (
    coleman_homophily,
    freeman_segregation,
    nominal_assortativity,
    numeric_assortativity,
    within_between_odds,
)
from rmanalytics.measures.network.spread import neighbour_change, neighbour_difference
from rmanalytics.measures.network.strata import ei_within_strata
from rmanalytics.measures.network.ties import both_directions, symmetrised, tie_counts, without_pairs
from rmanalytics.measures.network.turnover import tie_turnover
from rmanalytics.measures.network.visibility import eigenvector_rank, in_degree_rank, reach_in_two_steps

__all__ = [
    "both_directions",
    "brokerage_counts",
    "brokerage_roles",
    "change_difference",
    "coleman_homophily",
    "cut_ties",
    "distance_to_top",
    "dyad_table",
    "ei_by_group",
    "ei_by_person",
    "ei_change",
    "ei_degree_null",
    "ei_excess",
    "ei_index",
    "ei_null",
    "ei_within_strata",
    "eigenvector_rank",
    "freeman_segregation",
    "in_degree_rank",
    "mixing_matrix",
    "mrqap",
    "neighbour_change",
    "neighbour_difference",
    "nominal_assortativity",
    "numeric_assortativity",
    "qap_correlation",
    "reach_in_two_steps",
    "steps_distribution",
    "structural_holes",
    "symmetrised",
    "tie_counts",
    "tie_jaccard",
    "tie_turnover",
    "within_between_odds",
    "without_pairs",
]
