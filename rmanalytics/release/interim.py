"""Before the first release: what was planned, and until when there is no verdict. No data are read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rmanalytics.evaluation.claims import claims
from rmanalytics.release import gate, records, team
from rmanalytics.release.figures import Gate

if TYPE_CHECKING:
    from rmanalytics.programme.programme import Programme, Round

NOT_YET = "not_yet"


def interim(programme: Programme, round_: Round) -> dict[str, Any]:
    """A document like a release, of a round that is not over: its places and its plan, each claim without a verdict.

    The team's words wait for their figures; contact and look are there.
    """
    own = Gate(catalogue=team.catalogue_of(programme), key=b"")
    by_id = {claim.id: claim for claim in claims()}
    entries = list(records.places(programme, round_, own))
    for name in programme.declared.planned:
        about = gate.claim_fields(by_id[name], programme.declared.role(name), programme)
        entries.append(own.entry(f"verdict.{name}.all.{round_.id}", "verdict", verdict=NOT_YET, **about, rounds=[]))
    told = [entry | {"evidence": gate.evidence(round_.id, entry)} for entry in entries]
    contact = "" if "{" in programme.leadership.contact else programme.leadership.contact
    quiet = replace(
        programme, leadership=replace(programme.leadership, decisions=(), answers={}, contact=contact, owner="")
    )
    coming = {"id": round_.id, "end": round_.end.isoformat()}
    return (
        gate.header(programme, round_, [round_], told)
        | team.words(quiet, told)
        | {
            "valid_until": coming["end"],
            "next": coming,
            "changes": [],
            "entries": told,
            "sentences": [],
        }
    )
