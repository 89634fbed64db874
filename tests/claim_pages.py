"""Writes what follows from the rules on the pages of ``docs/claims``: ``python tests/claim_pages.py``.

A page is ``docs/claims/<group>/<claim>.md``: all above its first ``##`` is made here, the rest is written by hand.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rmanalytics.evaluation.claims import COMPARISON_WORDS, Claim, claims
from rmanalytics.evaluation.verdicts.least import _wanted

DOCS = Path(__file__).parents[1] / "docs"
GROUPS = {
    "design": ("The programme", "Das Programm"),
    "tandem": ("The tandem", "Das Tandem"),
    "mentee": ("Mentees, the seniors", "Mentees, die Älteren"),
    "mentor": ("Mentors, the juniors", "Mentorinnen und Mentoren, die Jüngeren"),
    "company": ("The company", "Die Firma"),
}
TYPES = {"comparison": "Vergleich", "description": "Beschreibung", "audit": "Prüfung"}
KIRKPATRICK = {"R": "reaction", "L": "learning", "B": "behaviour", "O": "organisation"}
WORDS = {
    "comparison": tuple(
        word.replace("could_not", "could not have told").replace("_", " ") for word in (*COMPARISON_WORDS, "explored")
    ),
    "description": ("described", "at or above target", "below", "open"),
    "audit": ("kept", "broken", "not audited"),
}
DESIGNS = {
    "survey": "before and after, of participants and others",
    "followed": "both groups followed from the same day on",
    "cross-section": "people or units side by side",
    "parts": "that of its weaker part",
    "primary": "that of the primary claim",
}
INDEX = """# The {n} claims

What a reverse-mentoring programme says of itself, and what answers it. Each page says what is asked, what answers it,
how the answer can fool, what catches that, and has an example that runs. A *comparison* can be shown, a *description*
is a figure with its interval, an *audit* is a full count. How a figure becomes a word: [verdicts](../verdicts.md).
"""
BEHAUPTUNGEN = """# Die {n} Behauptungen

Was ein Reverse-Mentoring-Programm von sich sagt und welche Daten es beantworten. Ein *Vergleich* kann
gezeigt werden, eine *Beschreibung* ist eine Zahl mit ihrem Intervall, eine *Prüfung* zählt alle Fälle. Was die
Antwort täuschen kann und was das verhindert, steht auf der (englischen) Seite jeder Behauptung.
"""


def page_of(claim: Claim) -> Path:
    return DOCS / "claims" / claim.group / f"{claim.id}.md"


def _figure(claim: Claim) -> str:
    if claim.parts:
        return "the weaker of " + " and ".join(f"[{part}]({_link(part, claim)})" for part in claim.parts)
    if not claim.result:
        return ""
    about = " or ".join(f"`{outcome}`" for outcome in claim.outcome)
    side = {"both": "both sides", "": ""}.get(claim.side, f"{claim.side}s")
    return ", ".join(part for part in (f"`{claim.result}`" + (f" of {about}" if about else ""), side) if part)


def _link(name: str, source: Claim) -> str:
    other = next(claim for claim in claims() if claim.id == name)
    return f"{name}.md" if other.group == source.group else f"../{other.group}/{name}.md"


def _least(claim: Claim) -> str:
    if claim.type != "comparison":
        return f"{claim.least_n} {claim.least}" if claim.least_n else ""
    counts = dict.fromkeys(("n", "n_comparator", "units"), 1)
    evidence: Any = SimpleNamespace(claim=claim, counts=counts, df=0.0)
    reasons = [reason.format(least=wanted) for reason, wanted, _ in _wanted(evidence, claim.least)]
    return "no verdict if: " + "; ".join(dict.fromkeys(reasons))


def _way(claim: Claim) -> str:
    if claim.type == "audit":
        return "no breach"
    parts = [f"{claim.direction}, against {claim.null:g}" if claim.null is not None else ""]
    parts.append(f"smallest effect of interest {claim.smallest_effect:g}" if claim.smallest_effect else "")
    parts.append(f"usual target {claim.target:.3g}" if claim.target is not None else "")
    return "; ".join(part for part in parts if part)


def _level(claim: Claim) -> str:
    if claim.type == "audit" or (claim.design == "alone" and not claim.cap):
        return ""
    cap = f"at most {claim.cap}" if claim.cap else ""
    lot = f"{claim.cap_by_lot} where the tool drew a lot" if claim.cap_by_lot else ""
    return "; ".join(part for part in (DESIGNS.get(claim.design, ""), cap, lot) if part)


def head(claim: Claim) -> str:
    gates = ("the general ones" if claim.type == "comparison" else "", *(f"`{gate}`" for gate in claim.gates))
    rows = {
        "Kind": ", ".join(part for part in (claim.type, KIRKPATRICK.get(claim.kirkpatrick, "")) if part),
        "Asked": f"{claim.estimand} (unit: {claim.unit})",
        "Answered by": _figure(claim),
        "Claimed": _way(claim),
        "Needs": claim.needs["en"],
        "Words": " · ".join(WORDS[claim.type]),
        "Least information": _least(claim),
        "[Gates](../../verdicts.md)": ", ".join(gate for gate in gates if gate),
        "Evidence level": _level(claim),
    }
    lines = [f"| {name} | {text} |" for name, text in rows.items() if text]
    return "\n".join([f"# {claim.id}: {claim.title['en']}", "", "| | |", "|---|---|", *lines, "", ""])


def whole(claim: Claim) -> str:
    """The page as it should be: its head, and what is written by hand as it stands."""
    path = page_of(claim)
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    return head(claim) + written[written.find("## ") :] if "## " in written else head(claim)


def index(language: str) -> str:
    """The list of all pages, in English or German."""
    german = language == "de"
    parts = [(BEHAUPTUNGEN if german else INDEX).format(n=len(claims()))]
    for group, titles in GROUPS.items():
        columns = "| | Behauptung | Art | Daten |" if german else "| | claim | kind | data |"
        parts.append(f"## {titles[german]}\n\n{columns}\n|---|---|---|---|")
        for claim in (claim for claim in claims() if claim.group == group):
            link = f"{'../claims/' if german else ''}{group}/{claim.id}.md"
            kind = TYPES[claim.type] if german else claim.type
            parts[-1] += f"\n| [{claim.id}]({link}) | {claim.title[language]} | {kind} | {claim.needs[language]} |"
    return "\n\n".join(part.strip() for part in parts) + "\n"


def pages() -> dict[Path, str]:
    """All pages by their path."""
    lists = {DOCS / "claims" / "index.md": index("en"), DOCS / "de" / "behauptungen.md": index("de")}
    return {**{page_of(claim): whole(claim) for claim in claims()}, **lists}


if __name__ == "__main__":
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
