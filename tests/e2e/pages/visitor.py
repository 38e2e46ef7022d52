"""Somebody at a browser. Each page they look at is checked for barriers."""

import os
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from portal.core import paths
from tests.e2e import barriers

PICTURES = paths.STATIC / "img" / "handbook"


class Visitor:
    """Read, press, follow, fill in."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go(self, path: str) -> None:
        """Type an address."""
        answer = self.page.goto(path)
        assert answer is not None, path
        assert answer.ok, f"{path}: {answer.status}"

    def reads(self, heading: str) -> None:
        """Wait for the page with this heading and check it."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)
        self.check_barriers()

    def sees(self, text: str) -> None:
        """Wait until this text is on the page."""
        expect(self.page.get_by_text(text).first).to_be_visible()

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def follow(self, name: str) -> None:
        """Follow a link."""
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def types(self, label: str, text: str) -> None:
        """Fill in a text field."""
        self.page.get_by_label(label, exact=True).first.fill(text)

    def reload_until(self, wanted: Locator, *, times: int = 60) -> None:
        """Reload, as people do, until the worker has done its part."""
        for _ in range(times):
            if wanted.count():
                break
            self.page.wait_for_timeout(500)
            self.page.reload()
        expect(wanted.first).to_be_visible()

    def check_barriers(self) -> None:
        """Fail on any violation that axe-core finds, and on a page wider than the screen."""
        barriers.check(self.page)

    def picture(self, name: str) -> None:
        """Take a picture for README and handbook when `make screenshots` asks for it."""
        if os.environ.get("PORTAL_SCREENSHOTS"):
            width = (self.page.viewport_size or {"width": 0})["width"]
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(PICTURES, f"{name}-{width}.png"))
