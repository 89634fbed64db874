"""The sheet of a receipt: one A4 page for the works council, in German and English, with a line for date and signature.

Unit: one receipt. Holds what the public half holds, no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

from rmanalytics.receipts.chain import Receipt, shown
from rmanalytics.receipts.declared_words import rows_of
from rmanalytics.receipts.lot_words import lot_words

_WORDS = {
    "en": {
        "title": "Recorded for round {round}",
        "fixed": "What was fixed",
        "state": "What was in at that moment",
        "digest": "Digest",
        "written": "Written on {written} (UTC), by this computer's own clock",
        "note": "Whoever keeps this digest can tell later whether anything was changed. Neither this computer's clock "
        "nor its files vouch for the date; a copy held by others does. Digests of data need the key of the receipts: "
        "without it the chain can still be checked, the data behind it cannot.",
        "invented": "Invented: written by the simulator for an example.",
        "signed": "Date and signature",
    },
    "de": {
        "title": "Festgehalten für die Runde {round}",
        "fixed": "Was festgelegt wurde",
        "state": "Was zu diesem Zeitpunkt vorlag",
        "digest": "Prüfsumme",
        "written": "Geschrieben am {written} (UTC), nach der Uhr dieses Rechners",
        "note": "Wer diese Prüfsumme aufbewahrt, kann später sagen, ob etwas geändert wurde. Für das Datum stehen "
        "weder die Uhr noch die Dateien dieses Rechners ein, wohl aber eine Abschrift in anderen Händen. Prüfsummen "
        "von Daten brauchen den Schlüssel der Belege: Ohne ihn lässt sich noch die Kette prüfen, nicht mehr die Daten.",
        "invented": "Erfunden: vom Simulator für ein Beispiel geschrieben.",
        "signed": "Datum und Unterschrift",
    },
}
EMPTY: Mapping[str, Any] = MappingProxyType({})
_STYLE = (
    "@page{size:A4;margin:14mm}body{font:9.5pt/1.35 system-ui,sans-serif;max-width:174mm;margin:auto}h1{font-size:15pt}"
    "h2{font-size:11pt;margin:1em 0 .2em}table{border-collapse:collapse;table-layout:fixed;width:100%}"
    "td:first-child{width:33%}td{border-top:1px solid #999;padding:.1em .4em .1em 0;vertical-align:top;"
    "overflow-wrap:anywhere}code{font-size:11pt}"
    "section+section{margin-top:2em;border-top:2px solid #000;break-before:page}"
    ".line{margin-top:2em;border-top:1px solid #000;width:60%}"
)


def sheet(receipt: Receipt, titles: Mapping[str, Mapping[str, str]] = EMPTY) -> str:
    """The page as HTML, German first, English after it; ``titles`` are those of the claims by language and id."""
    parts = [_half(receipt, language, titles.get(language, {})) for language in ("de", "en")]
    return (
        f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{escape(receipt.name)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _half(receipt: Receipt, language: str, titles: Mapping[str, str]) -> str:
    words = _WORDS[language]
    state = receipt.content.get("state", {})
    fixed = {key: value for key, value in receipt.content.items() if key not in ("state", "files")}
    of_lot = lot_words(receipt, language)
    said = of_lot or _table(rows_of(fixed, language, titles))
    said += f"<h2>{words['state']}</h2>{_table(rows_of(state, language, titles))}" if state and not of_lot else ""
    invented = f"<p><strong>{words['invented']}</strong></p>" if receipt.simulated else ""
    return (
        f'<section lang="{language}"><h1>{escape(words["title"].format(round=receipt.round_id))}</h1>{invented}'
        f"<p>{escape(words['written'].format(written=receipt.written.strftime('%Y-%m-%d %H:%M')))}</p>"
        f"<h2>{words['fixed']}</h2>{said}"
        f"<h2>{words['digest']}</h2><p><code>{shown(receipt.digest)}</code></p><p>{words['note']}</p>"
        f'<p class="line">{words["signed"]}</p></section>'
    )


def _table(rows: Sequence[tuple[str, str]]) -> str:
    told = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{told}</table>"
