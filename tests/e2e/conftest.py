"""Browser tests: a real office, a real Chromium with a camera and a microphone made of air.

The browser serves the tests of one file and is stopped after them: the loop of a browser that stays
open would collide with the asynchronous tests of the media process. Profiles are new in each test.
"""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from portal.accounts.models import Citizen, StaffMember
from tests.browser import executable
from tests.e2e.office import Office

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
)

OpenPage = Callable[..., Page]

# Two files share the processors, and a talk takes most of one: pages answer late, and are waited
# for. What has to come within a time says so itself.
expect.set_options(timeout=20_000)

PAGES = pytest.StashKey[list[Page]]()
OFFICE = pytest.StashKey[Office]()
LOG_LINES = 60


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell beside a failure what stood on the open pages and what the processes said last."""
    report = yield
    if report.when == "call" and report.failed:
        for number, page in enumerate(item.stash.get(PAGES, []), start=1):
            try:
                words = f"{page.url}\n{page.locator('body').inner_text(timeout=5_000)}"
            except Error as error:
                words = f"does not answer: {error}"
            report.sections.append((f"page {number}", words))
        if office := item.stash.get(OFFICE, None):
            lines = office.log.read_text("utf-8").splitlines()[-LOG_LINES:]
            report.sections.append(("processes", "\n".join(lines)))
    return report


@pytest.fixture
def office(
    committed_app: Flask, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Office]:
    """Run web, media and worker for one test."""
    office = Office(committed_app.config["SETTINGS"], tmp_path)
    request.node.stash[OFFICE] = office
    try:
        office.start()
        yield office
    finally:
        office.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the browser of the machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(
    office: Office, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Open a browser profile of its own, signed in as `person`; script errors fail the test."""
    problems: list[str] = []
    request.node.stash[PAGES] = pages = []
    contexts: list[BrowserContext] = []

    def open_for(
        person: Citizen | StaffMember | None = None,
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=office.base_url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="de-DE",
            timezone_id="Europe/Berlin",
        )
        contexts.append(context)
        if person is not None:
            context.add_cookies([office.cookie_of(person)])  # type: ignore[list-item]
        page = context.new_page()
        pages.append(page)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                problems.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        return page

    yield open_for
    for context in contexts:
        context.close()
    assert problems == []
