"""What the sheet of a list, a draw or approved tandems says: chances, groups, who decided, and whom to ask.

Unit: one receipt. Nothing here names a person.
"""

from __future__ import annotations

from html import escape
from typing import Any

from rmanalytics.receipts.chain import Receipt

OF_LOT = ("certain", "start", "wait", "reserve", "not_drawn")
_WORDS = {
    "en": {
        "mentee": "seniors",
        "mentor": "juniors",
        "certain": "start first, for they waited last time",
        "start": "start by lot",
        "all": "start; there are places for all",
        "wait": "wait and start in the next round",
        "reserve": "stand by for gaps",
        "not_drawn": "were not drawn",
        "side": "Side",
        "chance": "Chance to start",
        "of": "of",
        "lots": "Lot numbers",
        "list": "The list is closed. Nobody has been drawn yet: the seed comes later, so nobody can choose who starts. "
        "Everybody on a side has the same chance; the lot never looks at answers or at who fits whom.",
        "draw": "The lot is drawn from the list and the seed {seed}. Whoever has both can draw again and must get the "
        "same. Each of the people below is known by a lot number alone.",
        "source": "The seed comes from: {source}.",
        "unsaid": "Where the seed would come from was not said beforehand.",
        "again": "The lot was drawn another time, because: {reason}.",
        "facts": "So that the groups are alike, the lot balances: {facts}.",
        "pairs": "{n} tandems were approved: {as_proposed} as proposed, {changed} changed by a person. A score of "
        "declared wishes proposed them, the rules of pairing forbade what they forbid, and a person decided. "
        "Answers, ratings, sex and photographs had no part in it. Scores of pairs are erased when the round is over. "
        "Ask whoever approved: {who}.",
    },
    "de": {
        "mentee": "Ältere",
        "mentor": "Jüngere",
        "certain": "beginnen zuerst, weil sie letztes Mal gewartet haben",
        "start": "beginnen durch das Los",
        "all": "beginnen; es gibt Plätze für alle",
        "wait": "warten und beginnen in der nächsten Runde",
        "reserve": "stehen für Lücken bereit",
        "not_drawn": "wurden nicht gezogen",
        "side": "Seite",
        "chance": "Aussicht auf einen Platz",
        "of": "von",
        "lots": "Losnummern",
        "list": "Die Liste ist geschlossen. Gezogen ist noch niemand: Die Startzahl kommt später, damit niemand "
        "auswählen kann, wer beginnt. Auf einer Seite haben alle dieselbe Aussicht; das Los kennt weder Antworten "
        "noch, wer zu wem passt.",
        "draw": "Gezogen ist aus der Liste und der Startzahl {seed}. Wer beides hat, kann noch einmal ziehen und muss "
        "dasselbe erhalten. Alle sind hier nur mit ihrer Losnummer genannt.",
        "source": "Die Startzahl kommt von: {source}.",
        "unsaid": "Woher die Startzahl kommen würde, war vorher nicht gesagt.",
        "again": "Es wurde noch einmal gezogen, weil: {reason}.",
        "facts": "Damit die Gruppen sich gleichen, gleicht das Los aus: {facts}.",
        "pairs": "{n} Tandems sind genehmigt: {as_proposed} wie vorgeschlagen, {changed} von einem Menschen geändert. "
        "Vorgeschlagen hat sie eine Punktzahl aus erklärten Wünschen, verboten haben die Regeln der Paarung, was sie "
        "verbieten, entschieden hat ein Mensch. Antworten, Bewertungen, Geschlecht und Bilder spielten keine Rolle. "
        "Die Punktzahlen der Paare werden am Ende der Runde gelöscht. Auskunft gibt, wer genehmigt hat: {who}.",
    },
}
_FACTS = {
    "en": {"age": "age", "tenure": "years in the company", "level": "level", "unit_size": "size of the unit"},
    "de": {"age": "Alter", "tenure": "Jahre im Unternehmen", "level": "Stufe", "unit_size": "Größe der Einheit"},
}
_PLACE = {"en": "place of work", "de": "Arbeitsort"}


def lot_words(receipt: Receipt, language: str) -> str:
    """What a receipt of a lot or of pairs fixed, as HTML; empty for others, which the plain table serves."""
    content, words = receipt.content, _WORDS[language]
    if receipt.kind == "pairs" and "n" in content:
        return f"<p>{escape(words['pairs'].format(**content))}</p>"
    if "sides" not in content:
        return ""
    told = [words["list"] if receipt.kind == "list" else words["draw"].format(seed=content["seed"])]
    source = str(content["seed_from"])
    told.append(words["source"].format(source=source) if source else words["unsaid"])
    if content.get("reason"):
        told.append(words["again"].format(reason=content["reason"]))
    if "balance_by" in content:
        known = {**_FACTS[language], "location": _PLACE[language]}
        told.append(words["facts"].format(facts=", ".join(known[name] for name in content["balance_by"].split())))
    paragraphs = "".join(f"<p>{escape(one)}</p>" for one in told)
    return paragraphs + "".join(_side(content, side, words) for side in content["sides"])


def _side(content: dict[str, Any] | Any, side: str, words: dict[str, str]) -> str:
    own, lots = content["sides"][side], content.get("groups", {}).get(side, {})
    rows = [(words["side"], words[side]), (words["chance"], own["chance"].replace("of", words["of"]))]
    whole = own["start"] == sum(own[name] for name in OF_LOT[1:])
    said = words | ({"start": words["all"]} if whole else {})
    rows += [(said[name], f"{own[name]}{_lots(lots.get(name, ''), words)}") for name in OF_LOT if own[name]]
    cells = "".join(f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>" for key, value in rows)
    return f"<table>{cells}</table>"


def _lots(lots: str, words: dict[str, str]) -> str:
    return f" ({words['lots']} {lots})" if lots else ""
