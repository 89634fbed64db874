"""The sheet of a receipt: one A4 page for the works council, in German and English, with a line for date and signature.

Unit: one receipt. Holds what the public half holds, no more.
"""

from __future__ import annotations

from html import escape
from typing import Any

from rmanalytics.receipts.chain import Receipt, shown
from rmanalytics.receipts.lot_words import lot_words

_WORDS = {
    "en": {
        "title": "Recorded for round {round}",
        "fixed": "What was fixed",
        "state": "What was in at that moment",
        "digest": "Digest",
        "written": "Written on {written} (UTC), by this computer's own clock",
        "note": "Whoever keeps this digest can tell later whether anything was changed. Neither this computer's clock "
        "nor its files vouch for the date; a copy held by others does.",
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
        "weder die Uhr noch die Dateien dieses Rechners ein, wohl aber eine Abschrift in anderen Händen.",
        "invented": "Erfunden: vom Simulator für ein Beispiel geschrieben.",
        "signed": "Datum und Unterschrift",
    },
}
_STYLE = (
    "@page{size:A4;margin:14mm}body{font:9.5pt/1.35 system-ui,sans-serif;max-width:174mm;margin:auto}h1{font-size:15pt}"
    "h2{font-size:11pt;margin:1em 0 .2em}table{border-collapse:collapse;width:100%}td{border-top:1px solid #999;"
    "padding:.1em .4em .1em 0;vertical-align:top;overflow-wrap:anywhere}code{font-size:11pt}"
    "section+section{margin-top:2em;border-top:2px solid #000;break-before:page}"
    ".line{margin-top:2em;border-top:1px solid #000;width:60%}"
)


def sheet(receipt: Receipt) -> str:
    """The page as HTML, German first, English after it."""
    parts = [_half(receipt, language) for language in ("de", "en")]
    return (
        f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{escape(receipt.name)}</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _half(receipt: Receipt, language: str) -> str:
    words = _WORDS[language]
    state = receipt.content.get("state", {})
    fixed = {key: value for key, value in receipt.content.items() if key not in ("state", "files")}
    of_lot = lot_words(receipt, language)
    said = of_lot or f"{_table(fixed)}<h2>{words['state']}</h2>{_table(state)}"
    invented = f"<p><strong>{words['invented']}</strong></p>" if receipt.simulated else ""
    return (
        f'<section lang="{language}"><h1>{escape(words["title"].format(round=receipt.round_id))}</h1>{invented}'
        f"<p>{escape(words['written'].format(written=receipt.written.strftime('%Y-%m-%d %H:%M')))}</p>"
        f"<h2>{words['fixed']}</h2>{said}"
        f"<h2>{words['digest']}</h2><p><code>{shown(receipt.digest)}</code></p><p>{words['note']}</p>"
        f'<p class="line">{words["signed"]}</p></section>'
    )


def _table(content: Any) -> str:
    rows = "".join(f"<tr><td>{escape(key)}</td><td>{escape(value)}</td></tr>" for key, value in _flat(content) if value)
    return f"<table>{rows}</table>"


def _flat(content: Any, at: str = "") -> list[tuple[str, str]]:
    if not isinstance(content, dict):
        return [(at, str(content))]
    if at.count(".") == 1:  # a claim: all that is fixed of it in one row
        return [(at, "; ".join(f"{key} {value}" for key, value in content.items()))]
    return [row for key, value in content.items() for row in _flat(value, f"{at}.{key}" if at else key)]
