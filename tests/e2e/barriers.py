"""Barriers on a page, as axe-core finds them, and anything wider than the window."""

from collections.abc import Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe().axe_script
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""What can differ on a page that was checked when only its colours change."""

LOOK = "options => axe.run(options).then(({ violations }) => violations)"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def check(page: Page, rules: Sequence[str] = RULES) -> None:
    """Fail on any violation of these rules (tags or names), and on a page wider than the screen."""
    if page.evaluate("!window.axe"):
        page.evaluate(AXE)
    options = {"runOnly": list(rules), "resultTypes": ["violations"]}
    problems = [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in page.evaluate(LOOK, options)
        for node in violation["nodes"]
    ]
    assert not problems, f"{page.url}\n" + "\n".join(problems)
    assert page.evaluate(TOO_WIDE) <= 0, f"{page.url} is wider than the screen"


def check_day_and_night(page: Page) -> None:
    """Check a page in light, and its colours in dark."""
    check(page)
    page.emulate_media(color_scheme="dark")
    check(page, COLOURS)
    page.emulate_media(color_scheme="light")
