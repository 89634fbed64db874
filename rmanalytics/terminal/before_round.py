"""What comes before a round: declare the plan, draw by lot, pair. Each gives what is said, and the exit code."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from rmanalytics.errors import EXIT_DONE, EXIT_FOUND
from rmanalytics.programme.refusals import language_of
from rmanalytics.terminal.asking import typed


def declare(given: argparse.Namespace) -> tuple[str, int]:
    """Freeze the plan of a round, or say whether a receipt has a digest."""
    from rmanalytics.run.declare import declare as freeze
    from rmanalytics.run.declare import receipt_of
    from rmanalytics.terminal.declare_text import as_text, verified

    language = language_of(given.programme)
    if given.verify:
        found = receipt_of(given.programme, given.verify)
        return verified(found, language), EXIT_FOUND if found is None else EXIT_DONE
    now = datetime.now().astimezone()
    wanted = {"amend": given.amend, "comparison": given.comparison, "anchor": given.anchor}
    return as_text(freeze(given.programme, given.round, now=now, **wanted), language), EXIT_DONE


def draw(given: argparse.Namespace) -> tuple[str, int]:
    """Commit the list of a lot, draw from it, or draw it again to see that nothing was changed."""
    from rmanalytics.inspect.receipts import erased
    from rmanalytics.receipts.chain import FOLDER
    from rmanalytics.run import draw as lots
    from rmanalytics.terminal import draw_text

    now, language = datetime.now().astimezone(), language_of(given.programme)
    if given.verify:
        found, gone = lots.verify(given.programme, given.round), erased(given.programme, given.round)
        told = draw_text.verified(found, gone, language=language)
        if lots.key_lost(given.programme):
            told = f"{told}\n{draw_text.key_lost(language)}"
        return told, EXIT_FOUND if found else EXIT_DONE
    asked = {name: getattr(given, name) for name in ("seed", "seed_from", "again", "anchor")}
    if given.entries is not None or given.arms:
        drawn = lots.draw_arms(given.programme, given.round, given.entries, given.arms, now=now, **asked)
    else:
        drawn = lots.draw(given.programme, given.round, now=now, **asked)
    declared = any((given.programme / FOLDER).glob(f"{given.round}-declared-*.json"))
    return draw_text.as_text(drawn, declared=declared, language=language), EXIT_DONE


def pair(given: argparse.Namespace) -> tuple[str, int]:
    """Propose tandems, change the proposal, or approve it at a terminal."""
    from rmanalytics.run import pair as pairing
    from rmanalytics.terminal import pair_text

    now, language = datetime.now().astimezone(), language_of(given.programme)
    if given.approve:
        asked = {"who": given.approve, "terminal": sys.stdin.isatty(), "ask": typed}
        receipt = pairing.approve_pairs(given.programme, given.round, now=now, **asked)
        return pair_text.approved(receipt, language), EXIT_DONE if receipt else EXIT_FOUND
    if given.swap or given.put or given.part:
        change = {"swap": given.swap, "put": given.put, "part": given.part or "", "by": given.by, "why": given.why}
        proposal = pairing.change_pairs(given.programme, given.round, now=now, **change)
    else:
        proposal = pairing.propose_pairs(given.programme, given.round, now=now)
    return pair_text.as_text(proposal, language), EXIT_DONE
