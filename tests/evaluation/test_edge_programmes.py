"""Twelve whole programmes at the edges, from door to words: each is refused or shown without a failed figure."""

from __future__ import annotations

import pytest
from edge_programmes import ABSENT, ALL, EQUAL, MIXED, NONE, ONE_ROW, SIZE, told, write

TWELVE = (
    {SIZE: "3"},
    {SIZE: "3", "people": NONE, "language": "de"},
    {SIZE: "3", "who left in the round": ALL, "branding": ALL},
    {SIZE: "3", "meetings of the round": NONE, "upward": EQUAL},
    {SIZE: "3", "tandems": ABSENT, "answers": EQUAL},
    {SIZE: "3", "tandems": NONE, "positions": ABSENT, "costs": NONE},
    {SIZE: "5", "positions": ONE_ROW, "goals": ALL, "language": "de"},
    {SIZE: "5", "comparison": ABSENT, "answers": ALL, "alumni": ALL},
    {SIZE: "5", "answers": ONE_ROW, "meetings": ALL, "ties": ONE_ROW},
    {SIZE: "5", "people": EQUAL, "invitations": NONE, "initiatives": ALL},
    {SIZE: "5", "tandems": ONE_ROW, "upward": ALL, "goals": NONE},
    {SIZE: "5", "currency": MIXED},
)


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    return tmp_path_factory.mktemp("bases") / "simulated"


@pytest.mark.parametrize("case", TWELVE, ids=lambda case: ", ".join(f"{k} {v}" for k, v in case.items()))
def test_it_is_refused_or_shown_without_a_failed_figure(case, tmp_path, bases):
    became, faults = told(case, write(case, tmp_path / "programme", bases))
    assert faults == []
    assert (became == "refused") == (case.get("currency") == MIXED)
