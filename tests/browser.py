"""Which browser the tests drive: the Chromium of this machine, else the one that Playwright keeps.

`python -m tests.browser` succeeds when there is one.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "google-chrome", "google-chrome-stable")


def executable() -> str | None:
    """Return the path of an installed browser; without one Playwright looks for its own."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _is_there() -> bool:
    if executable():
        return True
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


if __name__ == "__main__":
    sys.exit(not _is_there())
