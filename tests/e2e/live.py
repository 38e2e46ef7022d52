"""Pages that keep themselves up to date (`components/live_list.js`), as tests open them."""

import time

from playwright.sync_api import Page

WITHIN = 2.0
"""Seconds until a second browser shows a change (issue 8)."""


def opened(page: Page, address: str) -> Page:
    """Open a page and wait until it keeps itself up to date."""
    page.goto(address)
    page.wait_for_function(
        "() => document.querySelector('.live-list').dataset.upgraded === 'live_list'"
    )
    return page


def within(begun_at: float) -> None:
    """Fail when what was begun then is seen too late."""
    assert time.monotonic() - begun_at < WITHIN + 0.5, "with the time of the deed itself"


def asks_nothing_while_hidden(page: Page) -> None:
    """Hide an open page, which then asks nothing, and show it, which then asks at once."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/stand" in request.url else 0)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})"
    )
    page.wait_for_timeout(1_500)
    asked.clear()
    page.wait_for_timeout(3_000)
    assert asked == []
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(1_000)
    assert len(asked) == 1
