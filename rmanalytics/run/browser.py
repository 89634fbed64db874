"""An installed browser as a printer and a camera: pages as PDF, pictures as PNG."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rmanalytics.report.charts.picture import BROWSERS

NAMED = "RMANALYTICS_BROWSER"
"""Environment variable that names the browser; an empty one: none."""
NO_BROWSER = "No Chromium, Chrome or Edge was found, so there is no PDF and no PNG."
SECONDS, SCALE = 120, 2
_CLOCK = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}")
_SIZE = re.compile(r'<svg [^>]*?width="(\d+)[^"]*"[^>]*?height="(\d+)')


def browser() -> str | None:
    """The browser: the one that is named, else the first of the usual ones; None where there is none."""
    named = os.environ.get(NAMED)
    return next(filter(None, map(shutil.which, BROWSERS)), None) if named is None else shutil.which(named)


def printed(pages: Sequence[Path]) -> bool:
    """Print pages as PDF beside themselves, without the clock's trace; False where there is no browser."""
    for page in pages:
        target = page.with_suffix(".pdf")
        if not _called(["--no-pdf-header-footer", f"--print-to-pdf={target.resolve()}", page.resolve().as_uri()]):
            return False
        target.write_bytes(_CLOCK.sub(rb"/\1 (D:20200101000000", target.read_bytes()))
    return True


def photographed(pictures: Sequence[Path]) -> bool:
    """Save SVG pictures as PNG beside themselves; False where there is no browser."""
    for picture in pictures:
        size = _SIZE.search(picture.read_text(encoding="utf-8"))
        window = f"--window-size={size[1]},{size[2]}" if size else "--window-size=960,540"
        options = [f"--force-device-scale-factor={SCALE}", "--hide-scrollbars", window]
        options.append(f"--screenshot={picture.with_suffix('.png').resolve()}")
        if not _called([*options, picture.resolve().as_uri()]):
            return False
    return True


def _called(arguments: Sequence[str]) -> bool:
    found = browser()
    if found is None:
        return False
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--disable-gpu", f"--user-data-dir={profile}"]
        options += ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        subprocess.run([found, *options, *arguments], check=True, capture_output=True, timeout=SECONDS)
    return True
